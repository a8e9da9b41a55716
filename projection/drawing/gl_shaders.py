"""What the card computes, in its own language (GLSL 3.30).

Pictures lie on the card as they come: blue, green, red and opaqueness in the channels that it calls r, g, b and a, the top row first.
So (0, 0) is the top left corner everywhere, and only what is sent to the screen is turned over and put in the screen's order.
"""

from __future__ import annotations

_VERSION = "#version 330 core\n"

_CHANGED = """
uniform mat4x3 matrix;  // of a Look
uniform float lift;  // one over its gamma

vec4 changed(vec4 colour) {
    vec3 meant = clamp(matrix * colour, 0.0, colour.a);
    return colour.a > 0.0 ? vec4(colour.a * pow(meant / colour.a, vec3(lift)), colour.a) : vec4(0.0);
}
"""

EVERYWHERE = (
    _VERSION
    + """
void main() {
    gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
"""
)
"""A triangle that covers the whole viewport."""

LOOK = (
    _VERSION
    + _CHANGED
    + """
uniform sampler2D picture;
out vec4 colour;

void main() {
    colour = changed(texelFetch(picture, ivec2(gl_FragCoord.xy), 0));
}
"""
)
"""A picture, with a Look."""

COPY = (
    _VERSION
    + """
uniform sampler2D picture;
uniform ivec2 corner;
out vec4 colour;

void main() {
    colour = texelFetch(picture, ivec2(gl_FragCoord.xy) - corner, 0);
}
"""
)
"""A picture with its top left pixel at a corner."""

SCREEN = (
    _VERSION
    + """
uniform sampler2D picture;
out vec4 colour;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    colour = texelFetch(picture, ivec2(at.x, textureSize(picture, 0).y - 1 - at.y), 0).bgra;
}
"""
)
"""A picture as screens have it: its lowest row first, red first."""

LAYER_CORNERS = (
    _VERSION
    + """
uniform vec2 corners[4];  // in the viewport, -1..1

void main() {
    gl_Position = vec4(corners[gl_VertexID], 0.0, 1.0);
}
"""
)
"""A layer's picture on the stage, and a little more."""

_LAYER = """
uniform sampler2D picture;
uniform float level;
uniform mat3x2 to_picture;  // from pixels of the stage to those of the picture
uniform vec4 part;  // what is shown of it, in its pixels: left, top, right, bottom
uniform vec2 grain;  // how many of its pixels, across and down, there are to one of the stage
uniform float opacity;
out vec4 colour;

vec4 layer() {
    vec2 at = to_picture * vec3(gl_FragCoord.xy, 1.0);
    vec2 covered = clamp(min(at - part.xy, part.zw - at) / grain + 0.5, 0.0, 1.0);  // the pixel's share in the picture
    return textureLod(picture, at / vec2(textureSize(picture, 0)), level) * (opacity * covered.x * covered.y);
}
"""

LAYER = (
    _VERSION
    + _LAYER
    + """
void main() {
    colour = layer();
}
"""
)
"""A layer's picture, for what the card can blend by itself."""

DIFFERENCE = (
    _VERSION
    + _LAYER
    + """
uniform sampler2D below;

void main() {
    colour = abs(texelFetch(below, ivec2(gl_FragCoord.xy), 0) - layer());
}
"""
)
"""A layer's picture against a copy of what lies below it."""

SURFACE_CORNERS = (
    _VERSION
    + """
uniform float height;  // above the surfaces below it
in vec3 place;  // in the viewport, -1..1, both times the third, its depth
in vec2 point;  // in the surface, 0..1
out vec2 between;

void main() {
    gl_Position = vec4(place.xy, -height * place.z, place.z);
    between = point;
}
"""
)
"""A surface's triangles."""

SURFACE = (
    _VERSION
    + _CHANGED
    + """
uniform sampler2D picture;
uniform sampler2D weights;
uniform ivec4 box;  // where the weights are: left, top, width and height; beside it nothing is seen
uniform vec4 area;  // of the picture, in its pixels: left, top, width and height
uniform vec4 middles;  // of the first and the last pixel of it
uniform float level;
uniform float opacity;
in vec2 between;
out vec4 colour;

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy) - box.xy;
    if (any(lessThan(pixel, ivec2(0))) || any(greaterThanEqual(pixel, box.zw))) discard;
    ivec2 last = textureSize(weights, 0) - 1;  // one weight will do for a surface of which all is seen
    float weight = texelFetch(weights, min(pixel, last), 0).r * opacity;
    vec2 at = clamp(area.xy + area.zw * between, middles.xy, middles.zw);
    colour = changed(textureLod(picture, at / vec2(textureSize(picture, 0)), level)) * weight;
}
"""
)
"""A surface, which shows an area of a picture."""
