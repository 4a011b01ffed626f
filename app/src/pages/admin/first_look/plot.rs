//! The sign-ins of a day as bars, rendered on the server.

use contract::views::admin::{HourOfSignIns, SignInSum};
use leptos::prelude::*;
use names::Language;

use crate::texts::admin_home;

/// The width of a bar, in units of the drawing.
const BAR_WIDTH: u64 = 14;
const BAR_DISTANCE: u64 = 20;
const PLOT_HEIGHT: u64 = 100;
const LABEL_HEIGHT: u64 = 18;

/// One bar for each hour: successful sign-ins at the bottom, failed ones on top, which differ by outline and colour.
pub(super) fn draw(hours: &[HourOfSignIns], language: Language) -> AnyView {
    let sums: Vec<_> = hours.iter().map(HourOfSignIns::all).collect();
    let all = sums.iter().copied().fold(SignInSum::default(), SignInSum::and);
    let most = sums.iter().map(|sum| sum.succeeded + sum.failed).max().unwrap_or_default().max(1);
    let width = BAR_DISTANCE * u64::try_from(hours.len()).unwrap_or_default();
    let bars: Vec<_> =
        sums.iter().zip(0..).map(|(sum, index)| bar(*sum, most, index * BAR_DISTANCE)).collect();
    let labels: Vec<_> = hours
        .iter()
        .zip(0..)
        .filter(|(hour, _)| hour.from.local.hour % 6 == 0)
        .map(|(hour, index)| {
            let (x, y) = (index * BAR_DISTANCE + BAR_WIDTH / 2, PLOT_HEIGHT + LABEL_HEIGHT - 3);
            view! { <text class="plot__label" x=x y=y text-anchor="middle">{hour.from.local.hour}</text> }
        })
        .collect();
    let SignInSum { succeeded, failed } = all;
    let label = admin_home::plot(language, admin_home::Plot { succeeded, failed });
    let view_box = format!("0 0 {width} {}", PLOT_HEIGHT + LABEL_HEIGHT);
    view! {
        <figure class="plot">
            <svg class="plot__drawing" viewBox=view_box role="img" aria-label=label.clone()>
                <line class="plot__line" x1="0" x2=width y1=PLOT_HEIGHT y2=PLOT_HEIGHT />
                {bars} {labels}
            </svg>
            <figcaption class="plot__legend">
                <span class="plot__key plot__key--succeeded">{admin_home::succeeded(language)} " " {succeeded}</span>
                <span class="plot__key plot__key--failed">{admin_home::failed(language)} " " {failed}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

fn bar(SignInSum { succeeded, failed }: SignInSum, most: u64, x: u64) -> impl IntoView {
    let (good, bad) = (height(succeeded, most), height(failed, most));
    let succeeded = (good > 0).then(|| {
        let y = PLOT_HEIGHT.saturating_sub(good);
        view! { <rect class="plot__succeeded" x=x y=y width=BAR_WIDTH height=good /> }
    });
    let failed = (bad > 0).then(|| {
        let y = PLOT_HEIGHT.saturating_sub(good + bad);
        view! { <rect class="plot__failed" x=x y=y width=BAR_WIDTH height=bad /> }
    });
    view! { {succeeded} {failed} }
}

/// The height of a bar. A count above zero is always visible.
const fn height(times: u64, most: u64) -> u64 {
    let exact = times.saturating_mul(PLOT_HEIGHT - 4) / most;
    if times > 0 && exact < 2 { 2 } else { exact }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_high_as_it_should_be_and_the_smallest_can_be_seen() {
        assert_eq!([height(0, 10), height(5, 10), height(10, 10), height(1, 1_000_000)], [0, 48, 96, 2]);
    }
}
