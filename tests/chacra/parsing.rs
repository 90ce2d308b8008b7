//! What packages say of themselves, and packages that cannot be read.

use assay_tests::{App, areas, json, race};
use base64::Engine as _;

use crate::{chacra, folder, post_form, put};

fn member(name: &str, size: &str, content: &[u8]) -> Vec<u8> {
    let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644);
    let mut member = [header.into_bytes(), content.to_vec()].concat();
    member.resize(member.len().next_multiple_of(2), b'\n');
    member
}

fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    block[156] = b'0';
    block[257..262].copy_from_slice(b"ustar");
    block.extend_from_slice(content);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn deb(members: &[Vec<u8>]) -> Vec<u8> {
    let magic = b"!<arch>\n".to_vec();
    [magic, member("debian-binary", "4", b"2.0\n"), members.concat()].concat()
}

/// A package whose control file is this.
pub(crate) fn deb_of(control: &str) -> Vec<u8> {
    let control = tar("./control", control.as_bytes());
    deb(&[
        member("control.tar", &control.len().to_string(), &control),
        member("data.tar", "0", b""),
    ])
}

const GLIM: &str = "Package: glim\nVersion: 0.3-1\nArchitecture: amd64\nMaintainer: A <a@b>\n\
    Depends: libc6 (>= 2)\nProvides: lamp\nDescription: light\n";

/// An rpm of two empty-ish headers: signature tags, and main entries of (tag, type, count, value).
pub(crate) fn rpm(signature: &[u32], main: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
    let mut lead = vec![0; 96];
    lead[..4].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb]);
    let signature: Vec<(u32, u32, u32, &[u8])> =
        signature.iter().map(|tag| (*tag, 7, 1, b"x".as_slice())).collect();
    let mut signature = header(&signature);
    signature.resize(signature.len().next_multiple_of(8), 0);
    [lead, signature, header(main), b"payload".to_vec()].concat()
}

fn header(entries: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, kind, count, value) in entries {
        for number in [*tag, *kind, store.len() as u32, *count] {
            index.extend(number.to_be_bytes());
        }
        store.extend_from_slice(value);
    }
    let mut header = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
    header.extend((entries.len() as u32).to_be_bytes());
    header.extend((store.len() as u32).to_be_bytes());
    [header, index, store].concat()
}

const GLIM_RPM: &[(u32, u32, u32, &[u8])] = &[
    (1000, 6, 1, b"glim\0"),
    (1001, 6, 1, b"0.3\0"),
    (1002, 6, 1, b"1\0"),
    (1022, 6, 1, b"noarch\0"),
    (1044, 6, 1, b"glim-0.3-1.src.rpm\0"),
    (1047, 8, 1, b"glim\0"),
    (1049, 8, 1, b"/bin/sh\0"),
    (1116, 4, 1, &[0, 0, 0, 0]),
    (1117, 8, 1, b"glim\0"),
    (1118, 8, 1, b"/usr/bin/\0"),
];

#[test]
fn a_deb_says_what_it_is() {
    let (project, folder) = folder();
    let chacra = chacra();
    post_form(&chacra, &folder, &[("file", Some("glim.deb"), &deb_of(GLIM))]).expect(201);
    let file = chacra.get(&folder).expect(200).json()["glim.deb"].clone();
    assert_eq!(
        file["package"],
        json!({ "kind": "deb", "name": "glim", "epoch": "0", "version": "0.3", "release": "1",
                "arch": "amd64", "source": "glim" })
    );
    assert_eq!(file["signed"], false);
    for filter in ["provides=lamp", "requires=libc6", "package=glim", "package=glim&version=0.3"] {
        let found = chacra.get(&format!("/search/?project={project}&{filter}")).expect(200);
        assert_eq!(found.header("x-total-count"), Some("1"), "{filter}");
    }
}

#[test]
fn an_rpm_says_what_it_is() {
    let (project, folder) = folder();
    let chacra = chacra();
    let unsigned = rpm(&[273], GLIM_RPM);
    post_form(&chacra, &folder, &[("file", Some("glim.rpm"), &unsigned)]).expect(201);
    post_form(&chacra, &folder, &[("file", Some("signed.rpm"), &rpm(&[268], GLIM_RPM))])
        .expect(201);
    let files = chacra.get(&folder).expect(200).json();
    assert_eq!(
        files["glim.rpm"]["package"],
        json!({ "kind": "rpm", "name": "glim", "epoch": "0", "version": "0.3", "release": "1",
                "arch": "noarch", "source": "glim-0.3-1.src.rpm" })
    );
    assert_eq!(
        (&files["glim.rpm"]["signed"], &files["signed.rpm"]["signed"]),
        (&json!(false), &json!(true))
    );
    for filter in ["file=/usr/bin/glim", "requires=/bin/sh", "provides=glim"] {
        let found = chacra.get(&format!("/search/?project={project}&{filter}")).expect(200);
        assert_eq!(found.header("x-total-count"), Some("2"), "{filter}");
    }
    let signed = chacra.get(&format!("/search/?project={project}&signed=true")).expect(200);
    assert_eq!(signed.header("x-total-count"), Some("1"));
}

/// The control member of `dpkg-deb -Zxz -z9`, whose dictionary would fill the instance.
const XZ_9: &str = "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AKxdABcLyOfZ5dHD1ZV9QtvcDlxs1FkS8hVsMe5g\
    72gZu0nQz2tmott8OGmWwzd2xed+D2kmYu4iI7M060vFnGom40Q9xjqni6eu/OPReNeOUGGJ+TUvDNE2XzflK+f+\
    hKILPRLbDRW3bKTeN2FpEwK9Lkc4Zu0JQ2t+GBgtU8sFZbSS+nhp6E4LFSS2BcpsY2dmCiUZTj33a6yLqV70SWO6\
    vRYmKiDAFD8reR/dkgAAC33JHyCwKEMAAcgBgFAAAD/5a4KxxGf7AgAAAAAEWVo=";

#[test]
fn packages_that_unpack_to_more_than_an_instance_has_are_read_in_64_megabytes() {
    let app = App::with(&[], &["--instance-memory", "64"]);
    let control = base64::prelude::BASE64_STANDARD.decode(XZ_9).unwrap();
    let deb = deb(&[member("control.tar.xz", &control.len().to_string(), &control)]);
    let names = b"a/rather/long/name/of/a/file\0".repeat(1_600_000);
    let mut entries = GLIM_RPM.to_vec();
    entries.push((5, 8, 1_600_000, &names));
    let rpm = rpm(&[], &entries);
    race(9, |n| {
        let chacra = app.client(areas::CHACRA);
        match n {
            0 => put(&chacra, "/binaries/p/r/s/d/v/a/glim.rpm", &rpm),
            n => put(&chacra, &format!("/binaries/p/r/s/d/v/a/glim{n}.deb"), &deb),
        }
    });
    let files = app.client(areas::CHACRA).get("/binaries/p/r/s/d/v/a").expect(200).json();
    for (name, file) in files.as_object().unwrap() {
        assert_eq!((&file["package"]["name"], &file["skipped"]), (&json!("glim"), &json!(null)));
        assert!(file["package"]["kind"] == *name.rsplit('.').next().unwrap());
    }
    assert_eq!(files.as_object().unwrap().len(), 9);
}

#[test]
fn a_deb_with_a_signature_behind_is_signed() {
    let (_, folder) = folder();
    let chacra = chacra();
    let signed = [deb_of(GLIM), member("_gpgorigin", "3", b"sig")].concat();
    post_form(&chacra, &folder, &[("file", Some("glim.deb"), &signed)]).expect(201);
    assert_eq!(chacra.get(&folder).expect(200).json()["glim.deb"]["signed"], true);
}

#[test]
fn packages_that_cannot_be_read_are_stored_all_the_same() {
    let (_, folder) = folder();
    let chacra = chacra();
    let control = tar("control", GLIM.as_bytes());
    let size = control.len().to_string();
    let whole = rpm(&[], GLIM_RPM);
    let mut offsets = whole.clone();
    offsets[136..140].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut counts = whole.clone();
    counts[120..124].copy_from_slice(&u32::MAX.to_be_bytes());
    for (n, (ending, content)) in [
        ("deb", b"junk".to_vec()),
        ("deb", b"!<arch>\n".to_vec()),
        ("deb", deb_of(GLIM)[..300].to_vec()),
        ("deb", deb(&[member("control.tar", "9999999999", &control)])),
        ("deb", deb(&[member("control.tar.gz", &size, &control)])),
        ("deb", deb(&[member("control.tar.zst", &size, &control)])),
        ("deb", deb(&[member("control.tar.xz", &size, &control)])),
        ("ddeb", deb_of("Package: x\n")),
        ("udeb", deb(&[])),
        ("deb", vec![]),
        ("rpm", b"junk".to_vec()),
        ("rpm", whole[..100].to_vec()),
        ("rpm", whole[..whole.len() - 60].to_vec()),
        ("rpm", offsets),
        ("rpm", counts),
        ("rpm", rpm(&[], &[(1000, 6, 1, b"no end")])),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("bad{n}.{ending}");
        post_form(&chacra, &folder, &[("file", Some(&name), &content)]).expect(201);
        assert!(chacra.get(&format!("{folder}/{name}")).expect(200).bytes() == content, "{name}");
        let file = chacra.get(&format!("{folder}?name={name}")).expect(200).json()[&name].clone();
        assert_eq!((&file["package"], &file["signed"]), (&json!(null), &json!(false)), "{name}");
        assert!(file["skipped"].as_str().is_some_and(|why| !why.is_empty()), "{name}: {file}");
    }
}
