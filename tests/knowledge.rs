//! The knowledge under `data/`, checked against the program that carries it.

#[allow(dead_code, reason = "shared with the build script, which needs other parts of it")]
#[path = "../src/knowledge/filing.rs"]
mod filing;
#[allow(dead_code, reason = "shared with the build script, which needs other parts of it")]
#[path = "../src/knowledge/index.rs"]
mod index;
#[allow(dead_code, reason = "shared with the build script, which needs other parts of it")]
#[path = "../src/knowledge/source.rs"]
mod source;
#[allow(dead_code, reason = "shared with the build script, which needs other parts of it")]
#[path = "../src/knowledge/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use smtpwhy::diagnosis::{self, Diagnosis};
use smtpwhy::dns::Name;
use smtpwhy::knowledge::{Knowledge, Strength};
use smtpwhy::probe::check::Target;
use smtpwhy::rank::Ground;
use smtpwhy::span::Excerpt;
use source::{PlacedClue, Sources};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn sources() -> Sources {
    Sources::read(&data())
        .unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// The example's first failure.
fn diagnosed(example: &str) -> Option<Diagnosis> {
    diagnosis::read(&Excerpt::from_bytes(example.as_bytes()), Knowledge::embedded()).into_iter().next()
}

/// A conclusive clue's example ranks its cause first. A strong one's does, unless the same words are as strong for
/// another cause: then both are among the first three. A weak one's cause is named.
fn fault_in(placed: &PlacedClue<'_>, sources: &Sources) -> Option<String> {
    let found = diagnosed(&placed.clue.example);
    let causes: Vec<&str> = found.iter().flat_map(|found| &found.causes).map(|cause| cause.cause.id).collect();
    let place = causes.iter().position(|cause| *cause == placed.cause);
    let stands = match placed.clue.strength.as_str() {
        "conclusive" => place == Some(0),
        "strong" => place == Some(0) || place.is_some_and(|place| place < 3) && is_shared(found.as_ref()),
        _ => place.is_some(),
    };
    let won = causes.first().copied().unwrap_or("nothing");
    (!stands).then(|| {
        let by = spoken_for(won, &placed.clue.example, sources);
        format!("data/{}: {:?} is {won}{by}, not {}", placed.place(&data()), placed.clue.example, placed.cause)
    })
}

/// The longest wording in the example that speaks for `cause`, and where it stands.
fn spoken_for(cause: &str, example: &str, sources: &Sources) -> String {
    let example = words::Normal::of(example);
    let wordings = sources.clues().filter(|placed| placed.cause == cause).flat_map(|placed| {
        let place = placed.place(&data());
        placed.clue.phrase.as_slice().to_vec().into_iter().map(move |phrase| (phrase, place.clone()))
    });
    let longest = wordings.filter(|(phrase, _)| says(&example, phrase)).max_by_key(|(phrase, _)| phrase.len());
    longest.map_or_else(String::new, |(phrase, place)| format!(" by {phrase:?} (data/{place})"))
}

fn says(example: &words::Normal, phrase: &str) -> bool {
    filing::Phrase::parse(phrase).is_ok_and(|phrase| {
        let first = phrase.segments().next().expect("no phrase is empty");
        example
            .text
            .match_indices(first)
            .any(|(at, _)| example.matches_at(at, phrase.0.as_bytes(), first.len()).is_some())
    })
}

/// Words of the example speak for its first cause as strongly as a clue can that is not conclusive.
fn is_shared(found: Option<&Diagnosis>) -> bool {
    let reply = found.and_then(|found| found.incident.reply.as_ref());
    let first = found.and_then(|found| found.causes.first()).map(|cause| cause.cause.id);
    let knowledge = Knowledge::embedded();
    reply.is_some_and(|reply| {
        knowledge.read(reply).clues().iter().any(|matched| {
            Some(knowledge.causes[matched.clue.cause as usize].id) == first && matched.clue.strength >= Strength::Strong
        })
    })
}

#[test]
fn every_clues_example_leads_to_its_cause() {
    let sources = sources();
    let faults: Vec<String> = sources.clues().filter_map(|placed| fault_in(&placed, &sources)).collect();
    assert!(faults.is_empty(), "{} examples go astray:\n{}", faults.len(), faults.join("\n"));
}

/// Without a known wording the words of a reply, one by one, say what it is, and are given as the reason.
#[test]
fn a_reply_in_words_of_its_own_is_understood_by_them() {
    for (said, cause) in [
        ("451 4.3.0 You used up what you may send this hour", "rate-limited"),
        ("450 4.2.0 the disk space for this account has run out", "mailbox-full"),
    ] {
        let found = diagnosed(said).expect(said);
        let first = &found.causes[0];
        assert_eq!(first.cause.id, cause, "{said}");
        assert!(matches!(first.because[0].ground, Ground::Likeness(_)), "{said}: {:?}", first.because);
    }
}

/// Each file's examples with the cause that each leads to and how sure it is, in tenths: a clue that takes another's
/// examples away shows as a changed line.
fn judged_examples(sources: &Sources) -> String {
    let mut lines = Vec::new();
    let mut file = String::new();
    for placed in sources.clues() {
        let found = diagnosed(&placed.clue.example);
        let first = found.as_ref().and_then(|found| found.causes.first());
        let (cause, tenths) = first.map_or(("nothing", 0), |first| (first.cause.id, (first.confidence * 10.0) as u8));
        if placed.file != file {
            file.clone_from(&placed.file);
            lines.push(file.clone());
        }
        lines.push(format!("  {tenths} {cause:<28} {:.100}", placed.clue.example.replace('\n', " ")));
    }
    lines.dedup();
    lines.join("\n") + "\n"
}

#[test]
fn no_example_changes_its_cause_unseen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/examples.txt");
    let judged = judged_examples(&sources());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &judged).expect("tests/snapshots is writable");
    }
    let kept = std::fs::read_to_string(&path).expect("tests/snapshots/examples.txt is there");
    let kept_lines: BTreeSet<&str> = kept.lines().collect();
    let news: Vec<&str> = judged.lines().filter(|line| !kept_lines.contains(line)).take(40).collect();
    assert!(
        kept == judged,
        "tests/snapshots/examples.txt is not what the examples lead to now. Where these lines are meant, write it anew with \
         UPDATE=1 cargo test --test knowledge:\n{}",
        news.join("\n")
    );
}

#[test]
fn every_clue_is_found_in_its_own_example() {
    let sources = sources();
    let faults: Vec<String> = sources
        .clues()
        .filter(|placed| {
            let example = words::Normal::of(&placed.clue.example);
            !placed.clue.phrase.as_slice().iter().any(|phrase| says(&example, phrase))
        })
        .map(|placed| format!("data/{}: no phrase of the clue is in {:?}", placed.place(&data()), placed.clue.example))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_wording_is_conclusive_for_two_causes() {
    let sources = sources();
    let mut claimed: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut faults = Vec::new();
    for placed in sources.clues().filter(|placed| placed.clue.strength == "conclusive") {
        if placed.clue.code.is_some() || placed.clue.enhanced.is_some() || placed.clue.unless.is_some() {
            continue;
        }
        for phrase in placed.clue.phrase.as_slice() {
            let words = filing::Phrase::parse(phrase).expect("checked on reading").0;
            let here = (placed.cause.to_owned(), placed.file.clone());
            let before = claimed.entry(words).or_insert_with(|| here.clone());
            if before.0 != here.0 {
                faults.push(format!("data/{}: {phrase:?} is conclusive for {} in data/{}", here.1, before.0, before.1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pages_cite_sources_by_link() {
    let sources = sources();
    let of_causes = sources.causes.iter().map(|(id, file)| (format!("causes/{id}"), &file.source));
    let of_findings = sources.findings.iter().map(|(id, file)| (format!("findings/{id}"), &file.source));
    for (file, list) in of_causes.chain(of_findings) {
        assert!(!list.is_empty(), "data/{file}.toml cites nothing");
        for source in list {
            assert!(source.url.starts_with("https://"), "data/{file}.toml: {} is no https link", source.url);
        }
    }
}

#[test]
fn every_provider_has_whom_to_write_to_and_where_to_read() {
    for (id, provider) in &sources().providers {
        assert!(!provider.contact.is_empty(), "data/providers/{id}.toml names nobody to write to");
        assert!(!provider.source.is_empty(), "data/providers/{id}.toml cites nothing");
        let contacts = provider.contact.iter().map(|contact| &contact.url);
        for url in contacts.chain(provider.source.iter().map(|source| &source.url)) {
            let reachable = url.starts_with("https://") || url.starts_with("mailto:");
            assert!(reachable, "data/providers/{id}.toml: {url} is no https link and no address");
        }
    }
}

#[test]
fn retired_ids_are_not_given_out_again() {
    let sources = sources();
    let used: BTreeSet<&String> =
        sources.causes.keys().chain(sources.findings.keys()).chain(sources.providers.keys()).collect();
    for (old, new) in &sources.retired {
        assert!(!used.contains(old), "{old} is retired and in use");
        assert!(used.contains(new), "{old} is replaced by {new}, which does not exist");
    }
}

#[test]
fn its_own_commands_are_about_the_mail_at_hand() {
    let text = Excerpt::from_bytes(b"to=<bob@recipient.example>: 451 4.3.0 try again later");
    let mut diagnoses = diagnosis::read(&text, Knowledge::embedded());
    let ip = "198.51.100.9".parse().ok();
    let domain = Name::from_utf8("sender.example").ok();
    let mut known = Target::default();
    (known.domain, known.ip, known.sender) = (domain, ip, Some("ann@sender.example".to_owned()));
    diagnoses[0].know(known);
    for cause in Knowledge::embedded().causes {
        for advice in diagnoses[0].advice(cause.sender).iter().chain(&diagnoses[0].advice(cause.receiver)) {
            let Some(command) = advice.command.as_deref().filter(|command| command.starts_with("smtpwhy ")) else {
                continue;
            };
            let words: Vec<&str> = command.split(' ').collect();
            assert!(words.contains(&"sender.example"), "{}: {command}", cause.id);
            assert!(!command.contains("example.org") && !command.contains("192.0.2."), "{}: {command}", cause.id);
        }
    }
}

#[test]
fn a_domain_that_the_reply_accuses_is_the_one_to_look_at() {
    for text in [
        "550-5.7.26 Unauthenticated email from\n550 5.7.26 sender.example is not accepted due to domain's DMARC policy",
        "550 5.7.509 Access denied, sending domain SENDER.example does not pass DMARC verification",
        "550-5.7.26 DKIM = did not pass\n550 5.7.26 SPF [sender.example] with ip: [192.0.2.9] = did not pass",
    ] {
        let found = diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), Knowledge::embedded());
        let advice = found[0].advice(found[0].causes[0].cause.sender);
        let commands: Vec<&str> = advice.iter().filter_map(|advice| advice.command.as_deref()).collect();
        let looks = commands.iter().any(|command| command.to_lowercase().contains("sender.example"));
        assert!(looks, "{text}: {commands:?}");
    }
    let other = b"550 5.7.1 Mail from this sender domain is refused. Ask help.example.com";
    let found = diagnosis::read(&Excerpt::from_bytes(other), Knowledge::embedded());
    let advice = found[0].advice(found[0].causes[0].cause.sender);
    assert!(advice.iter().filter_map(|advice| advice.command.as_deref()).all(|command| !command.contains("help.")));
}

#[test]
fn the_readme_claims_no_more_than_is_known() {
    let known = sources();
    let wordings = known.clues().map(|placed| placed.clue.phrase.as_slice().len()).sum();
    let counts = [
        ("causes", known.causes.len()),
        ("wordings", wordings),
        ("reply codes", known.reply_codes.len() + known.statuses.len()),
        ("providers", known.providers.len()),
        ("mail servers", known.software.len()),
        ("findings", known.findings.len()),
    ];
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("is there");
    for (kind, count) in counts {
        let row =
            readme.lines().find(|line| line.starts_with(&format!("| {kind}"))).expect("README has a row for each");
        let claimed: usize =
            row.split('|').nth(2).expect("a number").trim().replace(',', "").parse().expect("a number");
        assert!(claimed <= count && claimed * 10 > count * 9, "README claims {claimed} {kind}; there are {count}");
    }
}
