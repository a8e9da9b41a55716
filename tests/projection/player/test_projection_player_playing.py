"""Playing: the picture is always the one that belongs to the sound, across joins, seeks, pauses and speeds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import pytest

from live.clock import ManualClock
from media.span import Span
from media.write import FilmWriter
from projection.player.items import Item, Programme
from projection.player.player import Player
from projection.player.voice import SilentVoice

Films = dict[str, Path]
Watch = Callable[..., Any]
Draw = Callable[..., Any]
FRAME_S = 0.04


def test_it_begins_with_the_first_frame_and_shows_every_one(films: Films, watch: Watch) -> None:
    assert watch(films["a"]).sees(every_s=FRAME_S, n=50) == list(range(50))


def test_the_picture_is_the_nearest_one_in_time(films: Films, watch: Watch) -> None:
    seen = watch(films["a"]).sees(every_s=0.005, n=81)
    # Of 25 frames a second each is shown from 20 ms before its time to 20 ms after it.
    assert all(abs(number * FRAME_S - at * 0.005) <= 0.0201 for at, number in enumerate(seen))


def test_joins_leave_nothing_out_and_repeat_nothing(films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"], films["a"], order="loop").sees(every_s=0.01, n=1000)
    told = [(number, len(list(group))) for number, group in groupby(seen)]
    a, b = list(range(50)), list(range(100, 125))
    assert [number for number, _ in told] == [*a, *b, *a, *a, *b, *a, 0]
    assert all(3 <= n <= 5 for _, n in told[1:-1])


def test_films_of_different_speeds_follow_one_another(films: Films, watch: Watch) -> None:
    seen = watch(films["b"], films["c"]).sees(every_s=0.02, n=150)
    assert [number for number, _ in groupby(seen)] == [*range(100, 125), *range(200, 300)]


def test_a_single_frame_can_be_looped(make: Callable[..., Path], tmp_path: Path, watch: Watch) -> None:
    path = make(tmp_path / "one.mp4", [7])
    assert watch(path, order="loop").sees(every_s=FRAME_S, n=60) == [7] * 60


def test_behind_the_end_the_last_picture_stays(films: Films, watch: Watch, told: list[str]) -> None:
    seen = watch(films["b"])
    seen.now()
    assert seen.after(0.98) == 124
    assert seen.player.status().state == "playing"
    assert seen.after(30) == 124
    status = seen.player.status()
    assert (status.state, status.at_s, status.fault) == ("ended", 1.0, "") and not told


@pytest.mark.parametrize("rate", [0.25, 0.5, 2.0, 4.0])
def test_faster_and_slower(rate: float, films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"])
    seen.player.set_rate(rate)
    numbers = seen.sees(every_s=FRAME_S / rate, n=75)
    assert numbers == [*range(50), *range(100, 125)]


def test_a_change_of_speed_goes_on_from_where_it_is(films: Films, watch: Watch) -> None:
    seen = watch(films["a"])
    assert seen.now() == 0 and seen.after(0.4) == 10
    seen.player.set_rate(0.5)
    assert seen.now() == 10 and seen.after(0.4) == 15
    seen.player.set_rate(2)
    assert seen.now() == 15 and seen.after(0.4) == 35


def test_a_pause_holds_the_picture(films: Films, watch: Watch) -> None:
    seen = watch(films["a"])
    assert seen.now() == 0 and seen.after(0.4) == 10
    seen.player.pause()
    assert seen.now() == 10 and seen.after(100) == 10
    assert seen.player.status().state == "paused"
    seen.player.play()
    assert seen.now() == 10 and seen.after(0.4) == 20


@pytest.mark.parametrize("target", [0, 1, 99, 100, 101, 250, 499])
def test_seeking_is_exact(target: int, films: Films, watch: Watch) -> None:
    seen = watch(films["long"])
    assert seen.now() == 0
    seen.player.seek(target * FRAME_S)
    assert seen.now() == target
    assert seen.after(FRAME_S) == min(target + 1, 499)


@pytest.mark.parametrize(("time_s", "number"), [(4.011, 100), (4.019, 100), (4.021, 101), (4.039, 101)])
def test_seeking_between_frames_shows_the_nearer_one(time_s: float, number: int, films: Films, watch: Watch) -> None:
    seen = watch(films["long"])
    seen.now()
    seen.player.seek(time_s)
    assert seen.now() == number


def test_seeking_to_and_fro_while_it_stands_still(films: Films, watch: Watch) -> None:
    seen = watch(films["long"], order="loop")
    seen.player.pause()
    for target in (300, 12, 12, 0, 498, 0, 77):
        seen.player.seek(target * FRAME_S)
        assert seen.now() == target and seen.after(5) == target
    seen.player.play()
    assert seen.now() == 77 and seen.after(0.4) == 87


def test_seeking_before_the_beginning_and_behind_the_end(films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"])
    seen.now()
    seen.player.seek(-3)
    assert seen.now() == 0
    seen.player.seek(2.5)
    assert seen.now() == 100 and seen.after(0.4) == 110


def test_what_comes_next_still_comes_after_a_seek(films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"], films["c"])
    seen.now()
    seen.player.seek(1.8)
    assert seen.sees(every_s=FRAME_S, n=32) == [*range(45, 50), *range(100, 125), 200, 202]


def test_skipping_and_going_to(films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"], films["c"], order="loop")
    assert seen.now() == 0
    seen.player.skip()
    assert seen.now() == 100
    seen.player.skip()
    seen.player.skip()
    assert seen.now() == 0
    seen.player.go_to(2, time_s=1.0)
    assert seen.now() == 250 and seen.after(1.0) == 0
    seen.player.go_to(1)
    assert seen.now() == 100 and seen.after(1.0) == 200


def test_skipping_the_last_one_ends_it(films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"])
    seen.now()
    seen.player.skip()
    assert seen.now() == 100
    seen.player.skip()
    assert seen.now() == 100 and seen.after(3) == 100
    assert seen.player.status().state == "ended"


def test_stretches_of_films(films: Films, watch: Watch) -> None:
    part = Item(films["long"], Span(Fraction(6), Fraction(7)))
    beyond = Item(films["b"], Span(Fraction(4, 5), Fraction(10)))
    seen = watch(part, beyond, part)
    assert seen.sees(every_s=FRAME_S, n=55) == [*range(150, 175), *range(120, 125), *range(150, 175)]


def test_a_picture_is_shown_for_its_time(films: Films, number_picture: Draw, tmp_path: Path, watch: Watch) -> None:
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), number_picture(33))
    seen = watch(films["b"], Item(still, Span(Fraction(0), Fraction(13, 25))), films["b"])
    assert seen.sees(every_s=0.04, n=40) == [*range(100, 125), *[33] * 13, 100, 101]


def test_frames_that_are_shown_for_long_are_not_left_early(number_picture: Draw, tmp_path: Path, watch: Watch) -> None:
    path = tmp_path / "slow.mkv"
    with FilmWriter(path, size=(160, 96), time_base=Fraction(1, 1000)) as film:
        for number, time in enumerate((0, 2, Fraction(21, 10), 5)):
            film.write_frame(number_picture(number + 1), time=Fraction(time))
    seen = watch(path)
    assert seen.now() == 1 and seen.after(1.97) == 1
    assert seen.after(0.02) == 2 and seen.after(0.08) == 2
    assert seen.after(0.02) == 3 and seen.after(2.85) == 3 and seen.after(0.04) == 4
    seen.player.seek(1.5)
    assert seen.now() == 1
    seen.player.seek(4.9)
    assert seen.now() == 3


def test_items_may_be_added_and_taken_away_while_it_plays(films: Films, watch: Watch) -> None:
    programme = Programme([Item(films["b"])], order="endless")
    seen = watch(programme=programme)
    assert seen.now() == 100 and seen.after(10) == 124
    assert seen.player.status().state == "waiting"
    programme.append(Item(films["a"]), Item(films["c"]))
    assert seen.now() == 0 and seen.after(1.0) == 25
    seen.player.remove(Item(films["c"]))
    programme.append(Item(films["b"]))
    seen.clock.advance(0.01)
    assert seen.sees(every_s=FRAME_S, n=27) == [*range(25, 50), 100, 101]


def test_what_is_playing_can_be_told(films: Films, watch: Watch) -> None:
    seen = watch(films["a"], films["b"], order="loop")
    seen.sees(every_s=0.02, n=51)
    status = seen.player.status()
    assert (status.state, status.item, status.number) == ("playing", Item(films["a"]), 0)
    assert (status.at_s, status.duration_s) == pytest.approx((1.0, 2.0))
    assert status.coming[0] == Item(films["b"])
    assert (status.n_shown, status.n_skipped) == (26, 0)
    seen.after(1.2)
    status = seen.player.status()
    assert (status.item, status.number) == (Item(films["b"]), 1)


def test_pictures_that_nobody_looks_at_are_counted_as_left_out(films: Films, watch: Watch) -> None:
    seen = watch(films["c"])
    seen.sees(every_s=0.1, n=20)
    status = seen.player.status()
    assert status.n_shown == 20 and status.n_skipped == 19 * 4


def test_who_looks_again_after_long_sees_what_is_heard_then(films: Films, watch: Watch) -> None:
    seen = watch(films["long"])
    assert seen.now() == 0
    seen.clock.advance(15)
    assert watch_until(seen, 375)


def watch_until(seen: Any, number: int) -> bool:
    """Whether a frame comes, though decoding may first have to find the place."""
    return any(abs(seen.now() - number) <= 8 for _ in range(100))


def test_a_picture_is_there_at_once_though_another_is_being_looked_for(films: Films, watch: Watch) -> None:
    seen = watch(films["long"])
    first = seen.player.picture(seen.clock.now(), wait_s=20)
    seen.player.seek(15)
    assert seen.player.picture(seen.clock.now()) is not None
    assert first is not None


def test_before_anything_is_decoded_there_is_no_picture(tmp_path: Path, clock: ManualClock) -> None:
    with Player(Programme(), SilentVoice(clock), clock=clock, tell=print) as player:
        assert player.picture(clock.now(), wait_s=0.1) is None
        assert player.status().state in ("waiting", "ended")


def test_picture_and_sound_do_not_drift_apart_within_an_hour(make: Callable[..., Path], tmp_path: Path, watch: Watch) -> None:
    # 7 frames of 1001/203 s, over and over: neither they nor a pass are a whole number of samples, and no float says them exactly.
    frame = Fraction(1001, 203)
    path = make(tmp_path / "odd.mp4", range(1, 8), rate=1 / frame)
    seen = watch(path, order="loop")
    begin_s = seen.clock.now()
    assert seen.now() == 1
    pass_s = round(7 * frame * 48_000) / 48_000
    for n in range(1, 732):
        due_s = begin_s + (n // 7) * pass_s + float(n % 7 * frame)
        seen.clock.sleep_until(due_s - 0.0205)
        assert seen.now() == (n - 1) % 7 + 1, n
        seen.clock.sleep_until(due_s - 0.0195)
        assert seen.now() == n % 7 + 1, n
        assert abs(seen.player.status().offset_s) <= 0.02
    assert seen.clock.now() - begin_s > 3600


def test_everything_is_let_go_of(films: Films, clock: ManualClock) -> None:
    before = threading.active_count()
    for _ in range(3):
        with Player(Programme([Item(films["a"]), Item(films["b"])], order="loop"), SilentVoice(clock), clock=clock, tell=print) as player:
            assert player.picture(clock.now(), wait_s=20) is not None
    assert threading.active_count() == before
