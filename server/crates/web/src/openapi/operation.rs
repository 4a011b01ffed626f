//! What the types of a handler say about it.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Where a successful answer leads the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Onward {
    /// Nowhere.
    #[default]
    Stays,
    /// Elsewhere, for some.
    Sometimes,
    /// Elsewhere.
    Always,
    /// To where it is from now on.
    Moved,
}

/// An operation, while the types of its handler describe it.
#[derive(Debug, Default)]
pub struct Operation {
    pub(super) body: Option<Map<String, Value>>,
    /// Whether it can do without that.
    pub(super) body_is_optional: bool,
    /// What it reads from the query.
    pub(super) query: Vec<Value>,
    /// The body of a successful answer.
    pub(super) answer: Option<Value>,
    /// The media type of a successful answer; `None` for JSON.
    pub(super) media_type: Option<&'static str>,
    /// The body of a refusal; `None` for our own envelope, which all endpoints have that follow no foreign protocol.
    pub(super) refusal: Option<Value>,
    /// Where success leads.
    pub(super) onward: Onward,
    pub(super) schemas: Map<String, Value>,
}

impl Operation {
    /// It takes a `T`, in one of these media types.
    pub fn takes<T: ToSchema>(&mut self, media_types: &[&str]) {
        let schema = self.schema::<T>();
        self.takes_schema(&schema, media_types);
    }

    /// It takes a body of which the document gives the media type alone.
    pub fn takes_schema(&mut self, schema: &Value, media_types: &[&str]) {
        let body = self.body.get_or_insert_default();
        body.extend(media_types.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema }))));
    }

    /// The same with a body that may be missing.
    pub fn may_take_schema(&mut self, schema: &Value, media_types: &[&str]) {
        self.takes_schema(schema, media_types);
        self.body_is_optional = true;
    }

    /// It reads a parameter of the query.
    pub fn reads(&mut self, name: &str, is_required: bool) {
        let text = json!({ "type": "string" });
        self.query.push(json!({ "name": name, "in": "query", "required": is_required, "schema": text }));
    }

    /// It reads the fields of a `T` from the query. None is a must: what is left out has a usual value.
    pub fn reads_fields<T: ToSchema>(&mut self) {
        let schema = json!(T::schema());
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let mut field = field.clone();
            let described = field.as_object_mut();
            let description = described.and_then(|field| field.remove("description")).unwrap_or_default();
            let mut parameter = json!({ "name": name, "in": "query", "required": false, "schema": field });
            if let (Some(parameter), Value::String(_)) = (parameter.as_object_mut(), &description) {
                parameter.insert("description".to_owned(), description);
            }
            self.query.push(parameter);
        }
    }

    /// Its answer has this media type. Without a schema it is a file.
    pub fn answers_as(&mut self, media_type: &'static str) {
        self.media_type = Some(media_type);
    }

    /// It answers with a `T` in the envelope.
    pub fn answers<T: ToSchema>(&mut self) {
        let data = self.schema::<T>();
        self.answer = Some(json!({
            "type": "object",
            "required": ["success", "data"],
            "additionalProperties": false,
            "properties": { "success": { "const": true }, "data": data },
        }));
    }

    /// It answers with a `T` without the envelope.
    pub fn answers_plain<T: ToSchema>(&mut self) {
        self.answer = Some(self.schema::<T>());
    }

    /// It answers with JSON of this shape, without the envelope.
    pub fn answers_schema(&mut self, schema: Value) {
        self.answer = Some(schema);
    }

    /// It refuses with an `E`, without the envelope.
    pub fn refuses<E: ToSchema>(&mut self) {
        self.refusal = Some(self.schema::<E>());
    }

    /// It redirects the browser.
    pub fn leads_on(&mut self) {
        self.onward = Onward::Always;
    }

    /// It redirects a browser for which it has nothing.
    pub fn may_lead_on(&mut self) {
        self.onward = Onward::Sometimes;
    }

    /// It is at another address now.
    pub fn has_moved(&mut self) {
        self.onward = Onward::Moved;
    }

    fn schema<T: ToSchema>(&mut self) -> Value {
        let mut used = Vec::new();
        T::schemas(&mut used);
        let used = used.into_iter().map(|(name, schema)| (name, json!(schema)));
        self.schemas.extend(used);
        json!(T::schema())
    }
}
