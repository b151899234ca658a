use super::*;

fn svg(inner: &str) -> Result<(), InvalidIcon> {
    let text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 8 8\">{inner}</svg>"
    );
    Icon::parse(text.into_bytes()).map(|icon| assert_eq!(icon.media_type(), MediaType::Svg))
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; (width * height) as usize]).unwrap();
    drop(writer);
    bytes
}

#[test]
fn an_image_is_kept_as_it_is() {
    for inner in [
        "",
        "<!-- drawn by hand --><title>Wiki</title><path d=\"M0 0h8v8z\" fill=\"#123\"/>",
        "<defs><linearGradient id=\"g\"><stop offset=\"0\"/></linearGradient></defs><rect fill=\"url(#g)\" width=\"8\"/>",
        "<rect style=\"fill:url( '#g' );stroke:red\"/>",
        "<g id=\"a\"/><use xlink:href=\"#a\"/><use href=\"#a\"/>",
        "<style>.a { fill: url(#g) }</style>",
    ] {
        assert_eq!(svg(inner), Ok(()), "{inner}");
    }
    let file = png(64, 64);
    let icon = Icon::parse(file.clone()).unwrap();
    assert_eq!((icon.media_type(), icon.bytes()), (MediaType::Png, &file[..]));
}

#[test]
fn an_svg_that_is_more_than_an_image_is_refused() {
    let element = |name: &str| Err(InvalidIcon::Element(name.to_owned()));
    let attribute = |name: &str| Err(InvalidIcon::Attribute(name.to_owned()));
    for (inner, why) in [
        ("<script>alert(1)</script>", element("script")),
        ("<s:script xmlns:s=\"http://www.w3.org/2000/svg\">alert(1)</s:script>", element("script")),
        ("<script xmlns=\"http://www.w3.org/1999/xhtml\"/>", element("script")),
        ("<g xmlns=\"http://www.w3.org/1999/xhtml\"/>", element("g")),
        ("<foreignObject><p/></foreignObject>", element("foreignObject")),
        ("<image href=\"https://evil.example/x.png\"/>", element("image")),
        ("<a href=\"https://evil.example\"/>", element("a")),
        ("<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>", element("animate")),
        ("<set attributeName=\"onload\" to=\"alert(1)\"/>", element("set")),
        ("<feImage href=\"https://evil.example/x.png\"/>", element("feImage")),
        ("<iframe/>", element("iframe")),
        ("<?xml-stylesheet href=\"https://evil.example/x.css\"?>", element("?xml-stylesheet")),
        ("<g onload=\"alert(1)\"/>", attribute("onload")),
        ("<g ONCLICK=\"alert(1)\"/>", attribute("ONCLICK")),
        ("<use href=\"https://evil.example/x.svg#a\"/>", attribute("href")),
        ("<use xlink:href=\"//evil.example/x.svg#a\"/>", attribute("href")),
        ("<use href=\"data:image/svg+xml,x\"/>", attribute("href")),
        ("<g xml:base=\"https://evil.example\"/>", attribute("base")),
        ("<rect fill=\"url(https://evil.example/x.svg#g)\"/>", attribute("fill")),
        ("<rect fill=\"URL('//evil.example/x.svg#g')\"/>", attribute("fill")),
        ("<rect style=\"fill:u\\72l(//evil.example)\"/>", attribute("style")),
        ("<rect style=\"background:image-set('//evil.example/x')\"/>", attribute("style")),
        ("<style>@import '//evil.example/x.css';</style>", Err(InvalidIcon::Style)),
        ("<style>g { fill: url(//evil.example/x) }</style>", Err(InvalidIcon::Style)),
        ("<style><![CDATA[@IMPORT '//evil.example/x.css';]]></style>", Err(InvalidIcon::Style)),
        ("<g>", Err(InvalidIcon::Xml)),
        ("&xxe;", Err(InvalidIcon::Xml)),
    ] {
        assert_eq!(svg(inner), why, "{inner}");
    }
}

#[test]
fn what_is_no_icon_is_refused() {
    let parse = |bytes: &[u8]| Icon::parse(bytes.to_vec()).map(drop);
    let doctype =
        "<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&x;</svg>";
    assert_eq!(parse(doctype.as_bytes()), Err(InvalidIcon::Xml));
    for bytes in [&b""[..], b"GIF89a", b"\xff\xd8\xff\xe0", b"plain", b"<html/>", b"<svg/>"] {
        assert_eq!(parse(bytes), Err(InvalidIcon::UnknownType), "{bytes:?}");
    }
    let whole = png(64, 64);
    for damaged in [&whole[..8], &whole[..40], &whole[..whole.len() - 20], b"\x89PNG and more"] {
        assert_eq!(parse(damaged), Err(InvalidIcon::Png));
    }
    assert_eq!(parse(&png(1_025, 1)), Err(InvalidIcon::Png));
    assert_eq!(parse(&vec![b' '; Icon::MAX_BYTES + 1]), Err(InvalidIcon::TooLarge));
}
