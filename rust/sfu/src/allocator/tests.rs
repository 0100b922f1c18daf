//! Rules by example and by property.
#![allow(clippy::disallowed_methods)]
use super::*;
use crate::shortage::SHORTAGE_BORNE;
use proptest::prelude::*;

const BPS: [Option<u64>; 3] = [Some(150_000), Some(500_000), Some(1_500_000)];
const SECOND: Duration = Duration::from_secs(1);

fn camera(tile_height: Option<u32>) -> Wish {
    Wish {
        source: Source::Camera,
        layers_bps: BPS,
        tile_height,
        is_speaker: false,
        granted: None,
    }
}

fn screen(bps: u64) -> Wish {
    Wish {
        source: Source::Screen,
        layers_bps: [None, None, Some(bps)],
        ..camera(None)
    }
}

fn budget(estimate_bps: u64) -> Budget {
    Budget {
        estimate_bps: Some(estimate_bps),
        is_losing: false,
        audio_bps: 100_000,
        rates: VideoRates::default(),
        limit: VideoLimit::All,
    }
}

fn layers(wishes: &[Wish], budget: &Budget) -> Vec<Option<Layer>> {
    let allocation = Allocator::default().allocate(wishes, budget, Instant::now());
    allocation.choices.iter().map(|choice| choice.layer).collect()
}

#[test]
fn every_video_has_its_smallest_layer_before_one_has_more() {
    let wishes = [camera(None), camera(None), camera(None)];
    assert_eq!(layers(&wishes, &budget(640_000)), [Some(Layer::Quarter); 3]);
    assert_eq!(
        layers(&wishes, &budget(1_050_000)),
        [Some(Layer::Half), Some(Layer::Quarter), Some(Layer::Quarter)]
    );
}

#[test]
fn a_screen_comes_first_then_who_speaks_then_large_tiles() {
    let mut speaker = camera(Some(100));
    speaker.is_speaker = true;
    speaker.tile_height = Some(360);
    let wishes = [camera(Some(300)), camera(Some(720)), speaker, screen(400_000)];
    // 850 at their smallest, 1200 with the speaker's half layer, and a margin.
    assert_eq!(
        layers(&wishes, &budget(1_500_000)),
        [
            Some(Layer::Quarter),
            Some(Layer::Quarter),
            Some(Layer::Half),
            Some(Layer::Full)
        ]
    );
    // With less than all at their smallest, the smallest tile is paused first.
    assert_eq!(
        layers(&wishes, &budget(920_000)),
        [
            None,
            Some(Layer::Quarter),
            Some(Layer::Quarter),
            Some(Layer::Full)
        ]
    );
}

#[test]
fn a_layer_is_no_larger_than_its_tile() {
    let wishes = [90, 180, 240, 241, 480, 481, 2000].map(|height| camera(Some(height)));
    let layers = layers(&wishes, &budget(100_000_000));
    let layers: Vec<Layer> = layers.into_iter().flatten().collect();
    assert_eq!(
        layers,
        [
            Layer::Quarter,
            Layer::Quarter,
            Layer::Quarter,
            Layer::Half,
            Layer::Half,
            Layer::Full,
            Layer::Full
        ]
    );
}

#[test]
fn hidden_chosen_and_waiting_are_told_apart() {
    let mut silent = camera(None);
    silent.layers_bps = [None; 3];
    let wishes = [camera(Some(0)), silent, camera(None)];
    let mut some = budget(5_000_000);
    let reasons = |budget: &Budget| -> Vec<Option<Reason>> {
        let allocation = Allocator::default().allocate(&wishes, budget, Instant::now());
        allocation.choices.iter().map(|choice| choice.reason).collect()
    };
    assert_eq!(
        reasons(&some),
        [Some(Reason::Hidden), Some(Reason::Waiting), None]
    );
    some.estimate_bps = Some(120_000);
    assert_eq!(reasons(&some)[2], Some(Reason::Network));
    some.limit = VideoLimit::None;
    assert_eq!(reasons(&some), [Some(Reason::Chosen); 3]);
}

#[test]
fn below_the_floor_all_video_is_paused_and_the_ceiling_holds() {
    let wishes = [camera(None), camera(None)];
    let mut some = budget(400_000);
    some.rates.floor_bps = 350_000;
    assert_eq!(layers(&wishes, &some), [None, None]);
    some = budget(100_000_000);
    some.rates.ceiling_bps = 800_000;
    assert_eq!(layers(&wishes, &some), [Some(Layer::Half), Some(Layer::Quarter)]);
    let allocation = Allocator::default().allocate(&wishes, &some, Instant::now());
    assert_eq!(allocation.choices[0].reason, None, "the network carries more");
    assert_eq!(allocation.next_bps, None, "so nobody need ask it");
    some.estimate_bps = Some(700_000);
    let allocation = Allocator::default().allocate(&wishes, &some, Instant::now());
    assert_eq!(allocation.choices[0].reason, Some(Reason::Network));
}

#[test]
fn going_up_waits_longer_each_time_that_it_was_wrong() {
    let start = Instant::now();
    let mut allocator = Allocator::default();
    let mut wish = camera(None);
    let mut waits = Vec::new();
    let mut now = start;
    for _ in 0..4 {
        wish.granted = Some(Layer::Half);
        let borne = allocator.allocate(&[wish.clone()], &budget(300_000), now);
        assert_eq!(borne.choices[0].layer, Some(Layer::Half));
        now += SHORTAGE_BORNE;
        let down = allocator.allocate(&[wish.clone()], &budget(300_000), now);
        assert_eq!(down.choices[0].layer, Some(Layer::Quarter));
        wish.granted = Some(Layer::Quarter);
        let fell_at = now;
        while allocator
            .allocate(&[wish.clone()], &budget(5_000_000), now)
            .choices[0]
            .layer
            == Some(Layer::Quarter)
        {
            now += SECOND / 10;
        }
        waits.push((now - fell_at).as_secs());
    }
    assert_eq!(waits, [2, 4, 8, 16]);
}

#[test]
fn a_trembling_estimate_changes_nothing() {
    let mut allocator = Allocator::default();
    let mut wish = camera(Some(360));
    wish.granted = Some(Layer::Half);
    let now = Instant::now();
    for step in 0..100u64 {
        let estimate = 600_000 - 20_000 + (step % 7) * 6_000;
        let allocation = allocator.allocate(&[wish.clone()], &budget(estimate), now + SECOND * step as u32);
        assert_eq!(allocation.choices[0].layer, Some(Layer::Half), "at {estimate}");
    }
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let layer = prop_oneof![Just(None), (10_000u64..3_000_000).prop_map(Some)];
    let wish = (
        proptest::array::uniform3(layer),
        prop_oneof![Just(None), Just(Some(0)), (1u32..2000).prop_map(Some)],
        any::<bool>(),
        any::<bool>(),
        prop_oneof![Just(None), (0usize..3).prop_map(|index| Some(Layer::ALL[index]))],
    );
    let wish = wish.prop_map(|(mut layers_bps, tile_height, is_speaker, is_screen, granted)| {
        // An encoder's larger layers take more.
        for index in 1..3 {
            let before = layers_bps[..index].iter().flatten().max().copied().unwrap_or(0);
            layers_bps[index] = layers_bps[index].map(|bps| bps + before);
        }
        Wish {
            source: if is_screen { Source::Screen } else { Source::Camera },
            layers_bps,
            tile_height,
            is_speaker,
            granted,
        }
    });
    proptest::collection::vec(wish, 0..9)
}

proptest! {
    #[test]
    fn the_budget_is_kept_and_audio_is_left_alone(
        wishes in wishes(), estimate_bps in 0u64..10_000_000, audio_bps in 0u64..400_000,
    ) {
        let budget = Budget { estimate_bps: Some(estimate_bps), audio_bps, ..budget(0) };
        let allocation = Allocator::default().allocate(&wishes, &budget, Instant::now());
        let taken: u64 = wishes.iter().zip(&allocation.choices).map(|(wish, choice)| wish.bps(choice.layer)).sum();
        let video_bps = estimate_bps.saturating_sub(audio_bps);
        // Of what is granted already, a twentieth more is kept, and all of it for a moment.
        let granted: u64 = wishes.iter().map(|wish| wish.bps(wish.granted)).sum();
        prop_assert!(percent_of(taken, KEEP_MARGIN_PERCENT) <= video_bps.max(granted), "{taken} of {video_bps}");
    }

    #[test]
    fn choices_are_live_fit_their_tiles_and_say_why_not(
        wishes in wishes(), estimate_bps in 0u64..10_000_000,
    ) {
        let allocation = Allocator::default().allocate(&wishes, &budget(estimate_bps), Instant::now());
        for (wish, choice) in wishes.iter().zip(&allocation.choices) {
            let Some(layer) = choice.layer else {
                prop_assert!(choice.reason.is_some());
                continue;
            };
            prop_assert!(wish.is_live(layer));
            prop_assert!(wish.tile_height != Some(0));
            prop_assert!(Some(layer) <= wish.best());
            prop_assert_eq!(choice.reason.is_none(), Some(layer) == wish.best());
        }
    }

    #[test]
    fn more_bits_never_make_the_first_of_the_order_worse(
        wishes in wishes(), low_bps in 0u64..5_000_000, more_bps in 0u64..5_000_000,
    ) {
        let now = Instant::now();
        let fresh: Vec<Wish> = wishes.into_iter().map(|wish| Wish { granted: None, ..wish }).collect();
        let low = Allocator::default().allocate(&fresh, &budget(low_bps), now);
        let high = Allocator::default().allocate(&fresh, &budget(low_bps + more_bps), now);
        let shown = |allocation: &Allocation| allocation.choices.iter().filter(|choice| choice.layer.is_some()).count();
        let order = by_worth(&fresh, &fresh.iter().map(|wish| start(wish, VideoLimit::All)).collect::<Vec<_>>());
        // Those without a precedence rise together, so that one's step may take the place of another's.
        let has_precedence = |at: &&usize| fresh[**at].source == Source::Screen || fresh[**at].is_speaker;
        let first = order.first().filter(has_precedence);
        if let Some(first) = first.filter(|_| shown(&low) == order.len()) {
            prop_assert!(high.choices[*first].layer >= low.choices[*first].layer);
        }
    }

    #[test]
    fn deciding_again_with_the_same_facts_decides_the_same(
        wishes in wishes(), estimate_bps in 0u64..10_000_000,
    ) {
        let now = Instant::now();
        let mut allocator = Allocator::default();
        let budget = budget(estimate_bps);
        // What was granted and has stopped since is another matter.
        let wishes: Vec<Wish> = wishes.into_iter()
            .map(|wish| Wish { granted: wish.granted.filter(|layer| wish.is_live(*layer)), ..wish }).collect();
        let first = allocator.allocate(&wishes, &budget, now);
        let then: Vec<Wish> = wishes.into_iter().zip(&first.choices)
            .map(|(wish, choice)| Wish { granted: choice.layer, ..wish }).collect();
        let second = allocator.allocate(&then, &budget, now);
        for (was, is) in first.choices.iter().zip(&second.choices) {
            prop_assert!(is.layer >= was.layer, "{first:?} then {second:?}");
        }
    }
}
