//! The picture of a member who has none of their own: drawn from the id, always the same, with no lookup.
//!
//! Two gate leaves on a plain background; colours, height and lattice follow from the id.

use std::fmt::Write as _;

use kernel::TokenHash;
use names::MemberId;

/// Background and leaf colours that go together: a pale paper tone and a darker one each.
const TONES: [(&str, &str); 8] = [
    ("#f3e6dc", "#8c3a2b"),
    ("#e6ede4", "#3f6b50"),
    ("#e2eaf0", "#34587a"),
    ("#f2ecd6", "#7d6321"),
    ("#ece4ef", "#6b4a7a"),
    ("#e0edec", "#2f6a6a"),
    ("#f4e3e4", "#8a3f55"),
    ("#e9e7e2", "#55504a"),
];

/// The picture as SVG, 96 units wide. It holds nothing but shapes: no text, no style, no script, no link.
pub fn default_picture(member: MemberId) -> String {
    let hash = TokenHash::of(member.uuid().as_bytes());
    let chance = hash.as_bytes();
    let pick = |index: usize, of: usize| usize::from(chance[index]) % of;
    let (ground, leaf) = TONES[pick(0, TONES.len())];
    let top = 26 + pick(1, 4) * 3;
    let (columns, rows) = (1 + pick(2, 3), 2 + pick(3, 4));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 96 96\" width=\"96\" height=\"96\">\
         <rect width=\"96\" height=\"96\" fill=\"{ground}\"/>\
         <path d=\"M14 {eaves}Q48 {ridge} 82 {eaves}\" fill=\"none\" stroke=\"{leaf}\" stroke-width=\"5\" \
         stroke-linecap=\"round\"/>",
        eaves = top - 6,
        ridge = top - 16 - pick(4, 3) * 3,
    );
    for left in [22, 50] {
        draw_leaf(&mut svg, &Leaf { left, top, columns, rows, colour: leaf, ground });
    }
    svg.push_str("</svg>");
    svg
}

/// One leaf of the door.
struct Leaf {
    left: usize,
    top: usize,
    /// The lattice.
    columns: usize,
    rows: usize,
    colour: &'static str,
    ground: &'static str,
}

fn draw_leaf(svg: &mut String, leaf: &Leaf) {
    let Leaf { left, top, columns, rows, colour, ground } = *leaf;
    let (width, height) = (24, 84 - top);
    // Writing into a String cannot fail.
    let _ = write!(
        svg,
        "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"1.5\" fill=\"{colour}\"/>\
         <g stroke=\"{ground}\" stroke-width=\"1.5\" opacity=\"0.55\">"
    );
    for column in 1..=columns {
        let x = left + width * column / (columns + 1);
        let _ = write!(svg, "<path d=\"M{x} {}V{}\"/>", top + 3, top + height - 3);
    }
    for row in 1..=rows {
        let y = top + height * row / (rows + 1);
        let _ = write!(svg, "<path d=\"M{} {y}H{}\"/>", left + 3, left + width - 3);
    }
    svg.push_str("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn member(number: u128) -> MemberId {
        MemberId::from_uuid(kernel::id::Uuid::from_u128(number))
    }

    #[test]
    fn one_member_one_picture_and_members_differ() {
        assert_eq!(default_picture(member(1)), default_picture(member(1)));
        let pictures: HashSet<_> = (0..500).map(|number| default_picture(member(number))).collect();
        assert!(pictures.len() > 250, "{}", pictures.len());
    }

    #[test]
    fn a_picture_is_closed_svg_without_anything_active() {
        for number in 0..500 {
            let svg = default_picture(member(number));
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>") && svg.len() < 2_500);
            for active in ["<script", "style", "href", "<text", "onload", "url("] {
                assert!(!svg.contains(active), "{active}");
            }
            let opened = svg.matches('<').count() - svg.matches("</").count();
            assert_eq!(opened, svg.matches("/>").count() + svg.matches("</").count());
        }
    }
}
