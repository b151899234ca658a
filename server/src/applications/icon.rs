//! The icon of an application. The portal's own pages show it, so it is checked before it is stored: an SVG image is a document
//! that could run scripts and load other files.

use std::io::Cursor;

use png::{Decoder, Limits};
use roxmltree::{Document, Node, NodeType};

/// A checked icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    media_type: MediaType,
    bytes: Vec<u8>,
}

/// The file format of an icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `image/png`.
    Png,
    /// `image/svg+xml`.
    Svg,
}

/// Why an icon is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIcon {
    /// Over 64 KiB.
    #[error("an icon must have at most {} bytes", Icon::MAX_BYTES)]
    TooLarge,
    /// Neither SVG nor PNG.
    #[error("an icon must be an SVG or PNG file")]
    UnknownType,
    /// Not a complete PNG image, or too large.
    #[error("this PNG file is damaged, or wider or higher than {0} pixels", Icon::MAX_PIXELS)]
    Png,
    /// Not well-formed XML, or XML with a document type.
    #[error("this SVG file is damaged, or has a document type (DOCTYPE), which is not allowed in an icon")]
    Xml,
    /// An element that does not belong in an image.
    #[error("this SVG file has <{0}>, which is not allowed in an icon: export it as plain SVG")]
    Element(String),
    /// An attribute that does not belong in an image.
    #[error(
        "this SVG file has the attribute {0}, which is not allowed in an icon: it may run a script or refer to another file"
    )]
    Attribute(String),
    /// A style that refers to another file.
    #[error("this SVG file has a style that refers to another file, which is not allowed in an icon")]
    Style,
}

impl Icon {
    /// Maximum size in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;
    /// Maximum width and height of a PNG file.
    pub const MAX_PIXELS: u32 = 1_024;

    /// Checks a file.
    ///
    /// # Errors
    /// [`InvalidIcon`] says why it is refused.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, InvalidIcon> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidIcon::TooLarge);
        }
        let media_type = if bytes.starts_with(b"\x89PNG") {
            check_png(&bytes)?;
            MediaType::Png
        } else {
            let text = std::str::from_utf8(&bytes).map_err(|_| InvalidIcon::UnknownType)?;
            check_svg(text)?;
            MediaType::Svg
        };
        Ok(Self { media_type, bytes })
    }

    /// An icon from the database, which was checked before it was stored.
    #[must_use]
    pub const fn kept(media_type: MediaType, bytes: Vec<u8>) -> Self {
        Self { media_type, bytes }
    }

    /// Its file format.
    #[must_use]
    pub const fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file, for a response.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl MediaType {
    /// The media type, for the header `Content-Type` and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }

    /// The file format with this media type.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Png, Self::Svg].into_iter().find(|media_type| media_type.as_str() == name)
    }
}

/// Decodes the whole image, in bounded memory.
fn check_png(bytes: &[u8]) -> Result<(), InvalidIcon> {
    let memory = 8 * (Icon::MAX_PIXELS as usize).pow(2) + Icon::MAX_BYTES;
    let mut reader = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: memory })
        .read_info()
        .map_err(|_| InvalidIcon::Png)?;
    let (width, height) = reader.info().size();
    let size = reader.output_buffer_size().filter(|_| width <= Icon::MAX_PIXELS && height <= Icon::MAX_PIXELS);
    let mut image = vec![0; size.ok_or(InvalidIcon::Png)?];
    reader.next_frame(&mut image).map_err(|_| InvalidIcon::Png)?;
    reader.finish().map_err(|_| InvalidIcon::Png)
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// Elements that draw (SVG 2), but none that run scripts, embed, link or animate.
const ELEMENTS: [&str; 47] = [
    "svg",
    "g",
    "defs",
    "title",
    "desc",
    "symbol",
    "use",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "pattern",
    "marker",
    "style",
    "filter",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feTurbulence",
];

/// Checks every element, attribute and style. The parser refuses document types, so no entity is expanded.
fn check_svg(text: &str) -> Result<(), InvalidIcon> {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return Err(InvalidIcon::UnknownType);
    }
    let document = Document::parse(text).map_err(|_| InvalidIcon::Xml)?;
    let root = document.root_element();
    if !root.has_tag_name((SVG, "svg")) {
        return Err(InvalidIcon::UnknownType);
    }
    document.root().descendants().try_for_each(|node| match node.node_type() {
        NodeType::Element => check_element(node),
        NodeType::PI => Err(InvalidIcon::Element(format!("?{}", node.pi().map_or("", |pi| pi.target)))),
        NodeType::Text if node.parent().is_some_and(|parent| parent.has_tag_name((SVG, "style"))) => {
            if is_within(node.text().unwrap_or_default()) { Ok(()) } else { Err(InvalidIcon::Style) }
        }
        NodeType::Root | NodeType::Comment | NodeType::Text => Ok(()),
    })
}

fn check_element(node: Node<'_, '_>) -> Result<(), InvalidIcon> {
    let name = node.tag_name();
    if name.namespace() != Some(SVG) || !ELEMENTS.contains(&name.name()) {
        return Err(InvalidIcon::Element(name.name().to_owned()));
    }
    for attribute in node.attributes() {
        let (name, value) = (attribute.name(), attribute.value());
        let is_allowed = match name.to_ascii_lowercase().as_str() {
            "href" | "src" => value.starts_with('#'),
            "base" => false,
            handler if handler.starts_with("on") => false,
            _ => is_within(value),
        };
        if !is_allowed {
            return Err(InvalidIcon::Attribute(name.to_owned()));
        }
    }
    Ok(())
}

/// Whether a style or a value refers only to the file itself. Escapes are refused, because they could hide what it refers to.
fn is_within(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let refers_within = |after: &str| after.trim_start_matches([' ', '\t', '\r', '\n', '"', '\'']).starts_with('#');
    let is_plain = !["@import", "\\", "javascript:", "data:", "image(", "image-set(", "src("]
        .iter()
        .any(|word| text.contains(word));
    is_plain && text.split("url(").skip(1).all(refers_within)
}

#[cfg(test)]
#[path = "icon_tests.rs"]
mod tests;
