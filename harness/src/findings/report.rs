//! A finding's report: what its folder is called, and what the files in it say.

use std::path::Path;

use anyhow::Result;

use super::place::{Whereabouts, locate};
use super::{Finding, Witness, json, markdown, packetdrill, rust_test};
use crate::agents;
use crate::export::{self, Packet};
use crate::host::{Host, Outcome};
use crate::minimise::Minimised;

/// A finding with where it comes from and, once that is known, the simplest input that shows it.
pub struct Report<'f> {
    pub(super) finding: &'f Finding,
    pub(super) minimised: Option<&'f Minimised>,
    /// What came upon it.
    pub(super) engine: &'static str,
    /// The fault that the agents planted.
    pub(super) plant: Option<&'f str>,
    pub(super) whereabouts: Whereabouts,
    pub(super) versions: Vec<(String, String)>,
}

impl<'f> Report<'f> {
    /// Explains `finding`, which `engine` came upon, with the debug information of `hosts`, whose agents planted the fault
    /// `plant`.
    ///
    /// # Errors
    /// Fails where that cannot be read.
    pub fn new(finding: &'f Finding, engine: &'static str, hosts: &[Host], plant: Option<&'f str>) -> Result<Self> {
        let whereabouts = locate(finding, hosts)?;
        let mut versions = vec![("halligan".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
        versions.extend(agents::versions());
        Ok(Self { finding, minimised: None, engine, plant, whereabouts, versions })
    }

    /// The same, with what minimising came to.
    pub fn with_minimised(self, minimised: &'f Minimised) -> Self {
        Self { minimised: Some(minimised), ..self }
    }

    /// What the report explains: the simplest input known.
    pub(super) fn subject(&self) -> &'f Finding {
        self.minimised.map_or(self.finding, |minimised| &minimised.finding)
    }

    /// A name for the finding's folder: target, what broke, place, and a hash of the finding's key.
    pub fn name(&self) -> String {
        let Self { finding, whereabouts, .. } = self;
        let place = whereabouts.place.as_ref().map_or_else(String::new, |frame| {
            let file = frame.place.file.rsplit('/').next().unwrap_or_default();
            format!("-{file}-{}", frame.place.line)
        });
        let hash = crate::corpus::name(finding.key().as_bytes());
        format!("{}-{}{place}-{}", finding.target.name(), finding.kind(), &hash[..8])
    }

    /// One line: what broke, what was seen, where, on which hosts.
    pub fn line(&self) -> String {
        let subject = self.subject();
        let place = self.whereabouts.place.as_ref().map_or_else(String::new, |frame| format!(" at {}", frame.place));
        let symptom = subject.symptom();
        let symptom = symptom.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{}{place} on {}: {symptom}", subject.kind(), hosts(subject.shown_by()))
    }

    /// The files of the finding's folder, which is at `folder`: their names and what they hold.
    ///
    /// # Errors
    /// Fails where the input cannot be dumped.
    pub fn files(&self, folder: &Path) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let mut files = vec![("input", self.finding.input.clone())];
        let input = match self.minimised {
            Some(minimised) => {
                files.push(("minimised", minimised.finding.input.clone()));
                folder.join("minimised")
            }
            None => folder.join("input"),
        };
        files.push(("packet.pcapng", self.capture()?));
        files.push(("reproduce.rs", rust_test::source(self.subject(), &self.name(), self.plant).into_bytes()));
        if let Some(script) = packetdrill::script(self.subject()) {
            files.push(("script.pkt", script.into_bytes()));
        }
        files.push(("report.md", markdown::report(self, &input)?.into_bytes()));
        files.push(("report.json", serde_json::to_vec_pretty(&json::report(self, &input)?)?));
        Ok(files)
    }

    /// The input as a packet with comments, and in front of it the minimised one.
    fn capture(&self) -> Result<Vec<u8>> {
        let packet = |finding: &'f Finding, what: &str| -> Result<Packet<'f>> {
            let fields = export::fields(finding.target, &finding.input)?;
            Ok(Packet { input: &finding.input, comments: vec![format!("{what}: {}", self.line()), fields] })
        };
        let mut packets = Vec::new();
        if let Some(minimised) = self.minimised {
            packets.push(packet(&minimised.finding, "minimised input")?);
        }
        packets.push(packet(self.finding, "input")?);
        let mut file = Vec::new();
        export::write(&mut file, self.finding.target, packets)?;
        Ok(file)
    }

    /// The commands that run `input` again, each with what runs it.
    pub(super) fn replays(&self, input: &Path) -> Vec<(&'static str, String)> {
        let (target, input) = (self.finding.target.name(), input.display());
        let plant = self.plant.map_or_else(String::new, |plant| format!(" --plant {plant}"));
        let (variable, feature) = match self.plant {
            Some(plant) => (format!("HALLIGAN_PLANT={plant} "), " --features planted"),
            None => (String::new(), ""),
        };
        let mut commands = vec![("replay", format!("cargo run --release -- run {target}{plant} {input}"))];
        for witness in self.subject().shown_by() {
            let host = witness.host;
            let command = format!("HALLIGAN_HOST={host} {variable}cargo fuzz run{feature} {target} {input}");
            commands.push(("libFuzzer", command));
        }
        commands
    }
}

/// Their hosts, one behind the other.
pub(super) fn hosts<'w>(witnesses: impl Iterator<Item = &'w Witness>) -> String {
    witnesses.map(|witness| witness.host.to_string()).collect::<Vec<_>>().join(", ")
}

/// What a host made of the input, in a line.
pub(super) fn outcome(witness: &Witness, finding: &Finding) -> String {
    match &witness.account.outcome {
        Outcome::Passed => "All properties held.".into(),
        Outcome::Failed { property, detail } => {
            let name = finding.target.properties().get(*property as usize).map_or("?", |property| property.name);
            format!("{name} does not hold: {detail}")
        }
        Outcome::Died(death) => death.to_string(),
    }
}
