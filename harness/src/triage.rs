//! Triage: what fails alike is one finding.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::findings::Finding;
use crate::minimise::Minimised;

/// Inputs that fail alike: the same property or death at the same place, on the same hosts.
pub struct Group {
    /// The minimal forms that they shrink to, each with the files that do, the simplest first.
    pub forms: Vec<Form>,
}

/// One minimal form.
pub struct Form {
    /// The minimal input, and what hosts make of it.
    pub minimised: Minimised,
    /// Where it is stored.
    pub path: PathBuf,
    /// The inputs that shrink to it.
    pub files: Vec<PathBuf>,
}

impl Group {
    /// The finding at its simplest.
    pub fn finding(&self) -> &Finding {
        &self.forms[0].minimised.finding
    }

    /// Number of files in it.
    pub fn files(&self) -> usize {
        self.forms.iter().map(|form| form.files.len()).sum()
    }
}

/// Groups minimised inputs as they come.
#[derive(Default)]
pub struct Triage(BTreeMap<String, Vec<Form>>);

impl Triage {
    /// Adds `file`, which was minimised to what lies at `path`.
    pub fn add(&mut self, file: &Path, minimised: Minimised, path: PathBuf) {
        let forms = self.0.entry(minimised.finding.key().to_owned()).or_default();
        match forms.iter_mut().find(|form| form.minimised.finding.input == minimised.finding.input) {
            Some(form) => {
                form.files.push(file.to_owned());
                // Whichever thread is first: the same files give the same table.
                form.path = form.path.clone().min(path);
            }
            None => forms.push(Form { minimised, path, files: vec![file.to_owned()] }),
        }
    }

    /// The groups, the largest first.
    pub fn groups(self) -> Vec<Group> {
        let group = |mut forms: Vec<Form>| {
            let key = |form: &Form| (form.minimised.lies, form.minimised.finding.input.len());
            forms.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| input(a).cmp(input(b))));
            forms.iter_mut().for_each(|form| form.files.sort());
            Group { forms }
        };
        let mut groups: Vec<_> = self.0.into_values().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.files()));
        groups
    }
}

fn input(form: &Form) -> &[u8] {
    &form.minimised.finding.input
}
