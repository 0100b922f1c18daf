/** The HTTP API for people, made from the server's own OpenAPI document. No framework, no third party. */
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./docs.css";
import { type Endpoint, endpointsOf, type OpenApi, type Schema, typeOf } from "./openapi";

const DOCUMENT_URL = "/api/openapi.json";

async function show(root: HTMLElement) {
  const response = await fetch(DOCUMENT_URL);
  const document = (await response.json()) as OpenApi;
  const title = element("h1", `${document.info.title} HTTP API`);
  const version = element("p", `Version ${document.info.version}. `, "quiet");
  const raw = element("a", "OpenAPI document");
  raw.setAttribute("href", DOCUMENT_URL);
  version.append(raw);
  const groups = [...endpointsOf(document)].map(([tag, endpoints]) => group(tag, endpoints));
  const schemas = Object.entries(document.components?.schemas ?? {});
  const types = element("section");
  types.append(element("h2", "Types"), ...schemas.map(([name, schema]) => type(name, schema)));
  root.replaceChildren(title, version, ...groups, types);
}

function group(tag: string, endpoints: readonly Endpoint[]): HTMLElement {
  const section = element("section");
  section.append(element("h2", tag), ...endpoints.map(endpointView));
  return section;
}

function endpointView(endpoint: Endpoint): HTMLElement {
  const view = element("details");
  const head = element("summary");
  const method = element("b", endpoint.method);
  method.dataset.method = endpoint.method;
  head.append(method, element("code", endpoint.path), element("span", endpoint.summary, "quiet"));
  view.append(head);
  if (endpoint.description) view.append(element("p", endpoint.description));
  if (endpoint.body) view.append(fact("Body", typeLink(endpoint.body)));
  for (const { status, words, schema } of endpoint.answers) {
    view.append(fact(`${status} ${words}`, schema ? typeLink(schema) : element("span", "no body")));
  }
  return view;
}

function fact(name: string, value: HTMLElement): HTMLElement {
  const row = element("p", "", "fact");
  row.append(element("span", name), value);
  return row;
}

function typeLink(schema: Schema): HTMLElement {
  const text = typeOf(schema);
  const link = element("a", text, "type");
  if (schema.$ref) link.setAttribute("href", `#${text}`);
  return link;
}

function type(name: string, schema: Schema): HTMLElement {
  const view = element("article");
  view.id = name;
  view.append(element("h3", name));
  if (schema.description) view.append(element("p", schema.description, "quiet"));
  if (schema.enum) view.append(element("code", typeOf(schema)));
  const fields = Object.entries(schema.properties ?? {}).map(([field, value]) => {
    const isOptional = !schema.required?.includes(field);
    return fact(isOptional ? `${field}?` : field, typeLink(value));
  });
  view.append(...fields);
  return view;
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = "",
  className = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (text !== "") made.textContent = text;
  if (className !== "") made.className = className;
  return made;
}

const root = document.getElementById("root");
if (root) {
  show(root).catch(() => {
    root.replaceChildren(
      element("p", `The document at ${DOCUMENT_URL} could not be loaded. Reload the page.`),
    );
  });
}
