//! A `#[test]` that reproduces a finding.

use std::fmt::Write;

use super::{Break, Finding};
use crate::host::{Kind, Outcome};

/// A test that fails for as long as the finding is one, with the options `build` of the agents. It compiles as it stands:
/// in `targets/tests` where the finding shows natively, in `harness/tests` where it takes a unikernel.
pub fn source(finding: &Finding, name: &str, plant: Option<&str>) -> String {
    let natively = finding.broke != Break::Divergence
        && !finding.diverges()
        && finding.shown_by().any(|witness| witness.host == Kind::Native);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, finding, name, plant, natively);
    text
}

fn write(out: &mut String, finding: &Finding, name: &str, plant: Option<&str>, natively: bool) -> std::fmt::Result {
    let (target, folder) = (finding.target.name(), if natively { "targets" } else { "harness" });
    let what = match finding.property() {
        Some(property) => format!("{} does not hold ({})", property.name, property.rfc),
        None => finding.kind().to_owned(),
    };
    writeln!(out, "//! {target}: {what}.\n//!")?;
    writeln!(out, "//! It fails until that is mended: put it into `{folder}/tests`, and")?;
    writeln!(out, "//! `cargo test -p halligan{} --test NAME` runs it.\n", if natively { "-targets" } else { "" })?;
    let test: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    writeln!(out, "#[test]\nfn {test}() {{")?;
    bytes(out, finding)?;
    writeln!(out, "    let target = halligan_targets::find(\"{target}\").expect(\"the target exists\");")?;
    if natively {
        if let Some(plant) = plant {
            writeln!(out, "    halligan_targets::planted::plant(Some(\"{plant}\"));")?;
        }
        if let Some(Outcome::Died(death)) = finding.shown_by().next().map(|witness| &witness.account.outcome) {
            writeln!(out, "    // Ends in a {}.", death.kind())?;
        }
        out.push_str(NATIVELY);
    } else {
        let plant = plant.map_or("None".to_owned(), |plant| format!("Some(\"{plant}\")"));
        writeln!(
            out,
            "    let agents = halligan::agents::Agents::build({plant}).expect(\"the agents can be built\");"
        )?;
        out.push_str(ON_HOSTS);
    }
    out.push_str("}\n");
    Ok(())
}

/// The input, a field a line.
fn bytes(out: &mut String, finding: &Finding) -> std::fmt::Result {
    let (input, mut shown) = (&finding.input, 0);
    let mut lines = Vec::new();
    finding.target.annotate(input, &mut |field| {
        let indent = "  ".repeat(field.depth.into());
        let lie = if field.lie { ", a lie" } else { "" };
        let value = if field.value.len() > 40 { String::new() } else { format!(" {}", field.value.replace('\n', " ")) };
        let start = field.bytes.start.max(shown);
        shown = shown.max(field.bytes.end);
        lines.push((input[start.min(shown)..shown].to_vec(), format!("{indent}{}{value}{lie}", field.name)));
    });
    // Whatever a model leaves out.
    lines.push((input[shown.min(input.len())..].to_vec(), String::new()));
    writeln!(out, "    #[rustfmt::skip]\n    let input: &[u8] = &[")?;
    for (bytes, what) in lines.iter().filter(|(bytes, what)| !bytes.is_empty() || !what.is_empty()) {
        let mut rows = bytes.chunks(12);
        let hex = |row: &[u8]| row.iter().map(|byte| format!("0x{byte:02x}, ")).collect::<String>();
        let first = hex(rows.next().unwrap_or_default());
        writeln!(out, "        {}", format!("{first}// {what}").trim_end_matches("// "))?;
        rows.try_for_each(|row| writeln!(out, "        {}", hex(row).trim_end()))?;
    }
    writeln!(out, "    ];")
}

const NATIVELY: &str = r#"    let mut answer = vec![0; 1 << 16];
    let filled = target.answer(input, &mut answer);
    let detail = String::from_utf8_lossy(&answer[filled.observation..][..filled.detail]);
    let broken = filled.failed.map(|index| target.properties()[index as usize].name);
    assert_eq!(broken, None, "{detail}");
"#;

const ON_HOSTS: &str = r#"    let mut accounts = Vec::new();
    for kind in halligan::host::Kind::ALL.into_iter().filter(|kind| kind.available().is_ok()) {
        let host = halligan::host::Host::new(kind, &agents).expect("the host works");
        let replay = halligan::compare::replay(&host, target, Default::default(), [input], |_| ()).expect("the input can be run");
        accounts.extend(replay.accounts);
    }
    assert!(accounts.iter().all(|account| account.held() && account.agrees(&accounts[0])), "{accounts:#?}");
"#;
