"""What was looked at, counted without flattery."""

from pe_models.findings import Flag
from pe_models.imaging.volume import LoadedSlices
from pe_viewer.display.coverage import changes_since_first_read, coverage_of
from pe_viewer.review import Decision, DecisionState, Review

FLAGS = (Flag(2, 3, 4, 0.7), Flag(7, 8, 9, 0.94))


def test_percent_is_rounded_down_and_complete_means_every_slice_and_flag() -> None:
    all_but_one = LoadedSlices(300).with_slices(range(299))
    assert coverage_of(all_but_one, ()).percent == 99
    assert not coverage_of(all_but_one, ()).is_complete
    assert coverage_of(LoadedSlices.all_of(300), FLAGS).is_complete


def test_a_flag_counts_as_visited_by_its_peak_alone() -> None:
    beside = LoadedSlices(12).with_slices([2, 4, 8])
    assert coverage_of(beside, FLAGS).unvisited == (FLAGS[0],)


def test_with_nothing_open_there_is_no_coverage() -> None:
    assert coverage_of(None, ()).percent == 0


def test_what_changed_since_the_first_read_is_counted() -> None:
    kept, removed, added = Decision.added(1), Decision.added(5), Decision.added(9)
    accepted = Decision.on_flag(FLAGS[1], DecisionState.ACCEPTED)
    review = Review(decisions=(kept, added, accepted), first_read=(kept, removed))
    assert changes_since_first_read(review) == (1, 1, 1)
    assert changes_since_first_read(Review(decisions=(added,))) == (0, 0, 0)
