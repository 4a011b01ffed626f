//! A picture made smaller. Colours are mixed by how much of them can be seen: those of pixels that one sees through
//! entirely, which are black in most files, must not darken the edges.

use image::imageops::{self, FilterType};
use image::{DynamicImage, GenericImageView, ImageBuffer, Rgba};

const FILTER: FilterType = FilterType::Triangle;

/// `picture` with its longer side cut down to `side`; as it is, if it is not longer.
pub(super) fn shrink(picture: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    if longer <= side {
        return picture;
    }
    let scaled = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    let (width, height) = (scaled(width), scaled(height));
    if !picture.color().has_alpha() {
        return picture.resize_exact(width, height, FILTER);
    }
    let small = imageops::resize(&Premultiplied(&picture), width, height, FILTER);
    let pixels = ImageBuffer::from_fn(width, height, |x, y| divided(*small.get_pixel(x, y)));
    DynamicImage::ImageRgba8(pixels)
}

/// A picture whose colours are multiplied by their alpha as they are read, so that no second copy is held of a large one.
struct Premultiplied<'a>(&'a DynamicImage);

impl GenericImageView for Premultiplied<'_> {
    type Pixel = Rgba<f32>;

    fn dimensions(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgba<f32> {
        let Rgba(channels) = self.0.get_pixel(x, y);
        let [red, green, blue, alpha] = channels.map(|channel| f32::from(channel) / 255.0);
        Rgba([red * alpha, green * alpha, blue * alpha, alpha])
    }
}

/// A pixel as it is kept: its colours divided by its alpha again.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is within 0 and 255")]
fn divided(Rgba([red, green, blue, alpha]): Rgba<f32>) -> Rgba<u8> {
    let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    match byte(alpha) {
        0 => Rgba([0; 4]),
        seen => Rgba([byte(red / alpha), byte(green / alpha), byte(blue / alpha), seen]),
    }
}
