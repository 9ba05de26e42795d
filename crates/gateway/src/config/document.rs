//! A text as a tree in which everything knows where it is written, with the
//! files it includes put in their place.

use std::fs;
use std::path::{Path, PathBuf};

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use serde_json::{Map, Value};

use super::ConfigProblem;
use super::file::read_file;
use super::read::{MAX_BYTES, parse_json5};
use super::shape::to_json;

/// Name of the setting that includes another file.
const INCLUDE: &str = "$include";
/// Files in files; more is a mistake.
const DEEPEST: usize = 10;
/// Inclusions in all: of files that each include a few others there would soon be
/// more than any machine can read.
const MOST: usize = 100;

/// One value of the tree.
#[derive(Debug)]
pub(super) struct Node {
    /// Offset in all texts together.
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What it is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A number, a truth value, `null`.
    Plain(Value),
    /// A text in quotes.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A section; of a name that is written twice the last one counts.
    Section(Vec<Member>),
}

/// A setting of a section.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) at: usize,
    pub(super) value: Node,
}

/// Where something is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, when it is an included one.
    pub(super) file: Option<String>,
    /// Line, from 1.
    pub(super) line: usize,
}

/// Every text that was read.
#[derive(Debug, Default)]
pub(super) struct Texts(Vec<Text>);

#[derive(Debug)]
struct Text {
    file: Option<String>,
    start: usize,
    end: usize,
    /// Offset of every line break, ascending.
    breaks: Vec<usize>,
}

impl Texts {
    fn add(&mut self, file: Option<String>, text: &str) -> usize {
        let start = self.0.last().map_or(0, |last| last.end + 1);
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(offset, _)| offset).collect();
        self.0.push(Text { file, start, end: start + text.len(), breaks });
        start
    }

    /// Where an offset of the tree is.
    pub(super) fn place(&self, at: usize) -> Place {
        let index = self.0.partition_point(|text| text.start <= at).saturating_sub(1);
        let Some(text) = self.0.get(index) else { return Place::default() };
        let offset = at - text.start;
        Place { file: text.file.clone(), line: text.breaks.partition_point(|&line_break| line_break < offset) + 1 }
    }
}

/// A text with everything it includes.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The tree; none for an empty text.
    pub(super) root: Option<Node>,
    pub(super) texts: Texts,
    /// Files that were included, each as often as it was.
    pub(super) files: Vec<PathBuf>,
    /// There were more of them than [`MOST`].
    too_many: bool,
    /// What cannot be included.
    pub(super) problems: Vec<ConfigProblem>,
}

/// Reads a text. Files are included from the folder of `config` and below it,
/// and not at all when that is not known.
///
/// # Errors
/// What is wrong with the text as JSON5.
pub(super) fn open(text: &str, config: Option<&Path>) -> Result<Document, Vec<ConfigProblem>> {
    let mut document = Document::default();
    let start = document.texts.add(None, text);
    let Some(root) = parse_json5(text)? else { return Ok(document) };
    let mut root = tree(root, start);
    if let Some((config, folder)) = config.and_then(|config| Some((config, config.parent()?))) {
        let top = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let own = config.canonicalize().unwrap_or_else(|_| config.to_owned());
        let mut includes = Includes { top: &top, document: &mut document, way: vec![own] };
        includes.resolve(&mut root, &top, "");
        if document.too_many {
            let message = format!("brings in more than {MOST} files; put them together");
            document.problems.push(ConfigProblem::new(INCLUDE, message));
        }
    }
    document.root = Some(root);
    Ok(document)
}

fn tree(node: ast::Value<'_>, start: usize) -> Node {
    let at = start + node.range().start;
    let kind = match node {
        ast::Value::StringLit(text) => Kind::Text(text.value.into_owned()),
        ast::Value::Object(object) => {
            let members = object.properties.into_iter().map(|property| Member {
                at: start + property.range.start,
                name: property.name.as_str().to_owned(),
                value: tree(property.value, start),
            });
            Kind::Section(members.collect())
        }
        ast::Value::Array(array) => Kind::List(array.elements.into_iter().map(|node| tree(node, start)).collect()),
        plain => Kind::Plain(to_json(plain)),
    };
    Node { at, kind }
}

impl Node {
    /// The value, with `null` members absent.
    pub(super) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Plain(value) => value.clone(),
            Kind::Text(text) => Value::from(text.as_str()),
            Kind::List(elements) => Value::Array(elements.iter().map(Self::to_value).collect()),
            Kind::Section(members) => {
                let mut object = Map::new();
                for member in members {
                    object.insert(member.name.clone(), member.value.to_value());
                }
                object.retain(|_, value| !value.is_null());
                Value::Object(object)
            }
        }
    }

    /// The member that counts.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Kind::Section(members) = &self.kind else { return None };
        members.iter().rfind(|member| member.name == name).map(|member| &member.value)
    }
}

struct Includes<'d> {
    top: &'d Path,
    document: &'d mut Document,
    /// Files that are being read, outermost first.
    way: Vec<PathBuf>,
}

impl Includes<'_> {
    fn resolve(&mut self, node: &mut Node, folder: &Path, path: &str) {
        match &mut node.kind {
            Kind::Section(members) => {
                let included = take_include(members);
                for member in members.iter_mut() {
                    let path = super::shape::join(path, &member.name);
                    self.resolve(&mut member.value, folder, &path);
                }
                if let Some(member) = included {
                    self.include(node, &member, folder, path);
                }
            }
            Kind::List(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    self.resolve(element, folder, &format!("{path}[{index}]"));
                }
            }
            Kind::Plain(_) | Kind::Text(_) => {}
        }
    }

    /// Puts the files below what is written beside `$include`, which wins.
    fn include(&mut self, node: &mut Node, member: &Member, folder: &Path, path: &str) {
        let names: Vec<&str> = match &member.value.kind {
            Kind::Text(name) => vec![name],
            Kind::List(elements) => elements
                .iter()
                .filter_map(|node| match &node.kind {
                    Kind::Text(name) => Some(name.as_str()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        if names.is_empty() {
            return self.problem(member.at, path, "must be the name of a file, or a list of names");
        }
        let mut below: Option<Node> = None;
        for name in names {
            if let Some(read) = self.read(member.at, name, folder, path) {
                below = Some(match below {
                    Some(before) => merge(before, read),
                    None => read,
                });
            }
        }
        let Some(below) = below else { return };
        let own = std::mem::replace(node, Node { at: member.at, kind: Kind::Plain(Value::Null) });
        let is_empty = matches!(&own.kind, Kind::Section(members) if members.is_empty());
        *node = if is_empty { below } else { merge(below, own) };
    }

    fn read(&mut self, at: usize, name: &str, folder: &Path, path: &str) -> Option<Node> {
        if self.way.len() > DEEPEST {
            self.problem(at, path, &format!("goes through more than {DEEPEST} files"));
            return None;
        }
        let Ok(file) = fs::canonicalize(folder.join(name)) else {
            self.problem(at, path, &format!("names {name}, which is not there"));
            return None;
        };
        // Also a link leads nowhere else.
        if !file.starts_with(self.top) || Path::new(name).is_absolute() {
            let message = format!("names {name}, which is not in the folder of the configuration; move it there");
            self.problem(at, path, &message);
            return None;
        }
        if self.way.contains(&file) {
            self.problem(at, path, &format!("names {name}, which includes this file: nothing can include itself"));
            return None;
        }
        if self.document.files.len() >= MOST {
            self.document.too_many = true;
            return None;
        }
        let text = match read_file(&file) {
            Ok(Some(text)) if text.len() <= MAX_BYTES => text,
            Ok(_) => {
                self.problem(at, path, &format!("names {name}, which is too large or gone"));
                return None;
            }
            Err(error) => {
                self.problem(at, path, &format!("names {name}, which cannot be read: {error}"));
                return None;
            }
        };
        self.document.files.push(file.clone());
        let shown = file.strip_prefix(self.top).unwrap_or(&file).display().to_string();
        let start = self.document.texts.add(Some(shown.clone()), &text);
        let parsed = match parse_json5(&text) {
            Ok(parsed) => parsed?,
            Err(problems) => {
                let told = problems.into_iter().map(|problem| ConfigProblem { file: Some(shown.clone()), ..problem });
                self.document.problems.extend(told);
                return None;
            }
        };
        let mut node = tree(parsed, start);
        let folder = file.parent().map_or_else(|| self.top.to_owned(), Path::to_owned);
        self.way.push(file);
        self.resolve(&mut node, &folder, path);
        self.way.pop();
        Some(node)
    }

    fn problem(&mut self, at: usize, path: &str, message: &str) {
        let Place { file, line } = self.document.texts.place(at);
        let path = if path.is_empty() { INCLUDE.to_owned() } else { format!("{path}.{INCLUDE}") };
        let problem = ConfigProblem { file, line: Some(line), ..ConfigProblem::new(path, message) };
        self.document.problems.push(problem);
    }
}

fn take_include(members: &mut Vec<Member>) -> Option<Member> {
    let at = members.iter().rposition(|member| member.name == INCLUDE)?;
    let found = members.remove(at);
    members.retain(|member| member.name != INCLUDE);
    Some(found)
}

/// Sections are put together; of anything else the second counts.
fn merge(below: Node, above: Node) -> Node {
    match (below.kind, above.kind) {
        (Kind::Section(mut members), Kind::Section(over)) => {
            for member in over {
                match members.iter().rposition(|known| known.name == member.name) {
                    Some(index) => {
                        let known = members.remove(index);
                        let value = merge(known.value, member.value);
                        members.insert(index, Member { name: member.name, at: member.at, value });
                    }
                    None => members.push(member),
                }
            }
            Node { at: above.at, kind: Kind::Section(members) }
        }
        (_, kind) => Node { at: above.at, kind },
    }
}
