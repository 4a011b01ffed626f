//! Whether a JPEG file has its end. The decoder draws what there is and paints the rest grey, as browsers do; a picture that
//! was cut on its way is to be refused like those of the other formats.

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// Whether the segments and scans of `file` lead to its end marker (ITU-T T.81 annex B). An end marker inside a segment, such
/// as that of a preview in the EXIF data, does not count; bytes after the end do not belong to the picture.
pub(super) fn is_whole(file: &[u8]) -> bool {
    let [0xff, SOI, rest @ ..] = file else { return false };
    let mut rest = rest;
    loop {
        let Some((marker, after)) = next_marker(rest) else { return false };
        rest = match marker {
            EOI => return true,
            marker if has_no_length(marker) => after,
            marker => {
                let [high, low, ..] = after else { return false };
                let length = usize::from(u16::from_be_bytes([*high, *low])).max(2);
                let Some(after) = after.get(length..) else { return false };
                if marker == SOS { end_of_scan(after) } else { after }
            }
        };
    }
}

/// The next marker and what follows it. Bytes before it and fill bytes are passed over, as by all decoders.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let begin = bytes.iter().position(|byte| *byte == 0xff)?;
    let code = bytes[begin..].iter().position(|byte| *byte != 0xff)? + begin;
    Some((bytes[code], &bytes[code + 1..]))
}

/// From the marker on that ends a scan: not a stuffed zero, and not a restart.
fn end_of_scan(scan: &[u8]) -> &[u8] {
    let ends = |pair: &[u8]| pair[0] == 0xff && pair[1] != 0 && pair[1] != 0xff && !has_no_length(pair[1]);
    scan.windows(2).position(ends).map_or(&[], |end| &scan[end..])
}

/// A marker without a length: a restart, a start, or one for private use in arithmetic coding. Zero is not a marker.
const fn has_no_length(marker: u8) -> bool {
    matches!(marker, 0x00 | 0x01 | 0xd0..=SOI)
}
