use super::*;

#[test]
fn s_gw_11_an_ordinary_path_passes() {
    for path in [
        "/",
        "/a",
        "/a/",
        "/api/orders/17",
        "/a.b/c-d_e~f",
        "/.well-known/x",
        "/a..b",
        "/a/b.",
        "/@me",
        "/a:b",
        "/a%20b",
        "/a%40b.c",
        "/%EB%8C%80%EB%AC%B8",
        "/a+b,c=d&e!",
        "/%f0%9f%9a%aa",
    ] {
        assert_eq!(check(path), Ok(()), "{path}");
    }
}

#[test]
fn names_that_people_give_to_files_pass_as_they_came() {
    for path in [
        "/50%25.pdf",
        "/50%25",
        "/50%25%20off.pdf",
        "/10%25%ED%95%A0%EC%9D%B8.pdf",
        "/100%25-sure",
        "/photo[1].jpg",
        "/photo%5B1%5D.jpg",
        "/a|b",
        "/a%7Cb",
        "/a^b",
        "/{a}",
        "/%7Ba%7D",
        "/\"a\"",
        "/'a'",
        "/%22a%22%3Cb%3E%60",
        "/%7Eminji",
        "/a%2Db%5Fc",
        "/%61bc",
        "/C%23.pdf",
        "/why%3F.pdf",
        "/a%26b%3Dc%2Bd",
        "/.hidden",
        "/...and%20more.txt",
        "/report.final.v2.pdf",
        "/100%EF%BC%85.pdf",               // ％
        "/%EB%AD%90%EF%BC%9F.pdf",         // 뭐？
        "/a%EF%BC%9Bb",                    // ；
        "/2024%EF%BC%8E05%EF%BC%8E01.pdf", // ．
        "/%C2%BD.pdf",                     // ½
        "/wait%E2%80%A6.txt",              // …
        "/caf%C3%A9.pdf",
        "/cafe%CC%81.pdf",
        "/%E2%82%A91000.pdf", // ₩
    ] {
        assert_eq!(check(path), Ok(()), "{path}");
    }
}

#[test]
fn s_gw_11_what_has_two_readings_is_refused() {
    use NotCanonical::{
        BrokenEncoding, Character, Dots, EmptySegment, EncodedCharacter, EncodedTwice, LookAlike, NoSlash,
        NotUtf8,
    };
    for (path, why) in [
        ("", NoSlash),
        ("a", NoSlash),
        ("*", NoSlash),
        ("/a\\b", Character),
        ("/a;x", Character),
        ("/a#b", Character),
        ("/a?b", Character),
        ("/a b", Character),
        ("/a\tb", Character),
        ("/<a>", Character),
        ("/`a", Character),
        ("/대", Character),
        ("//", EmptySegment),
        ("/a//b", EmptySegment),
        ("/a//", EmptySegment),
        ("/a/../b", Dots),
        ("/..", Dots),
        ("/./", Dots),
        ("/a/.../b", Dots),
        ("/a/..%20/b", Dots),
        ("/a/%20../b", Dots),
        ("/a/+../b", Dots),
        ("/a/..%C2%A0/b", Dots),
        ("/a/..%E2%80%8B/b", Dots),
        ("/a/%EF%BC%8E%EF%BC%8E/b", Dots),
        ("/a/%E2%80%A5/b", Dots),
        ("/a/%E2%80%A6/b", Dots),
        ("/a/%EF%B9%92./b", Dots),
        ("/%", BrokenEncoding),
        ("/%2", BrokenEncoding),
        ("/%zz", BrokenEncoding),
        ("/%u002f", BrokenEncoding),
        ("/%+1", BrokenEncoding),
        ("/50%", BrokenEncoding),
        ("/50%.pdf", BrokenEncoding),
        ("/%2f", EncodedCharacter),
        ("/%5C", EncodedCharacter),
        ("/%2e%2e", EncodedCharacter),
        ("/a%2Epdf", EncodedCharacter),
        ("/%00", EncodedCharacter),
        ("/%09", EncodedCharacter),
        ("/%7f", EncodedCharacter),
        ("/%3b", EncodedCharacter),
        ("/%c2%85", EncodedCharacter),
        ("/%252f", EncodedTwice),
        ("/%252e%252e", EncodedTwice),
        ("/%2561dmin", EncodedTwice),
        ("/%25%32%66", EncodedTwice),
        ("/%252%66", EncodedTwice),
        ("/%25252f", EncodedTwice),
        ("/%25u002f", EncodedTwice),
        ("/%EF%BC%852f", EncodedTwice),
        ("/%c0%af", NotUtf8),
        ("/%ed%a0%80", NotUtf8),
        ("/%ff", NotUtf8),
        ("/%ef%bc%8f", LookAlike),
        ("/%ef%bc%bc", LookAlike),
        ("/%e2%88%95", LookAlike),
        ("/%e2%81%84", LookAlike),
        ("/%e2%84%80", LookAlike), // ℀ is a/c
    ] {
        assert_eq!(check(path), Err(why), "{path}");
    }
}

#[test]
fn routes_are_found_by_the_path_with_unreserved_characters_decoded() {
    for (path, decoded) in [
        ("/a/b", "/a/b"),
        ("/%61dmin", "/admin"),
        ("/x%2Dy%5fz%7E%31", "/x-y_z~1"),
        ("/%20%61", "/%20a"),
        ("/%EB%8C%80", "/%EB%8C%80"),
        ("/a%", "/a%"),
        ("/a%6", "/a%6"),
        ("/%2561", "/%2561"),
        ("/대%61", "/대a"),
    ] {
        assert_eq!(with_unreserved_decoded(path), decoded);
    }
    assert!(matches!(with_unreserved_decoded("/a%20b"), Cow::Borrowed(_)));
}
