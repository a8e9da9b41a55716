// Commands are copied whole; words light up while they are said, and play from there when pressed.
for (const box of document.querySelectorAll(".command")) {
  const button = box.querySelector("button");
  button.addEventListener("click", async () => {
    const text = box.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(box.querySelector("code"));
      document.execCommand("copy");
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
for (const score of document.querySelectorAll(".score")) {
  const video = score.previousElementSibling;
  const words = [...score.querySelectorAll("button")];
  const light = () => {
    for (const word of words) {
      word.classList.toggle("now", !video.paused && video.currentTime >= word.dataset.start && video.currentTime < word.dataset.end);
    }
    if (!video.paused) requestAnimationFrame(light);
  };
  for (const event of ["play", "pause", "seeked", "ended"]) video.addEventListener(event, light);
  for (const word of words) {
    word.addEventListener("click", () => { video.currentTime = Number(word.dataset.start) + 0.001; video.play(); });
  }
}
if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
  for (const video of document.querySelectorAll("video[autoplay]")) { video.pause(); video.controls = true; }
}
