
'use strict';
const make = (name, props, ...children) => {
  const e = Object.assign(document.createElement(name), props);
  e.append(...children.filter(c => c !== null && c !== undefined && c !== ''));
  return e;
};
// shape writes a schema as one reads a type, following references a few levels deep.
const shape = (doc, schema, depth = 0) => {
  if (!schema) return 'any';
  if (schema.$ref) {
    const name = schema.$ref.split('/').pop();
    return depth > 3 ? name : shape(doc, doc.components.schemas[name], depth + 1);
  }
  const pad = '  '.repeat(depth + 1);
  if (schema.properties) {
    const required = new Set(schema.required ?? []);
    const lines = Object.entries(schema.properties).filter(([n]) => n !== '$schema').map(([name, s]) =>
      `${pad}${name}${required.has(name) ? '' : '?'}: ${shape(doc, s, depth + 1)}${s.description ? `  // ${s.description}` : ''}`);
    return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
  }
  if (schema.type === 'array') return `${shape(doc, schema.items, depth)}[]`;
  if (typeof schema.additionalProperties === 'object') return `{ [name]: ${shape(doc, schema.additionalProperties, depth)} }`;
  if (schema.enum) return schema.enum.map(v => JSON.stringify(v)).join(' | ');
  return [].concat(schema.type ?? 'any').join(' | ');
};
const content = (doc, holder) => Object.entries(holder?.content ?? {}).map(([type, media]) =>
  make('div', {}, make('code', { className: 'dim', textContent: type }), make('pre', { textContent: shape(doc, media.schema) })));
const operation = (doc, method, path, op) => {
  const body = make('div', { className: 'body' });
  if (op.description) body.append(make('p', { textContent: op.description }));
  body.append(make('div', { className: 'dim', textContent: `Permission: ${op['x-permission']}` }));
  if (op.parameters?.length) {
    body.append(make('h3', { textContent: 'Parameters' }), make('table', {}, ...op.parameters.map(p => make('tr', {},
      make('td', {}, make('code', { textContent: p.name })), make('td', { className: 'dim', textContent: p.in + (p.required ? ', required' : '') }),
      make('td', { textContent: shape(doc, p.schema) }), make('td', { textContent: p.description ?? p.schema?.description ?? '' })))));
  }
  if (op.requestBody) body.append(make('h3', { textContent: 'Body' }), ...content(doc, op.requestBody));
  for (const [status, answer] of Object.entries(op.responses ?? {})) {
    body.append(make('h3', { textContent: `${status} ${answer.description ?? ''}` }), ...content(doc, answer));
  }
  const entry = make('details', {}, make('summary', {}, make('span', { className: 'method', textContent: method.toUpperCase() }),
    make('span', { className: 'path', textContent: path }), make('span', { className: 'dim', textContent: op.summary ?? '' })), body);
  entry.dataset.search = `${method} ${path} ${op.summary ?? ''}`.toLowerCase();
  return entry;
};
fetch('openapi.json').then(r => r.json()).then(doc => {
  document.title = document.getElementById('title').textContent = doc.info.title;
  document.getElementById('version').textContent = doc.info.version;
  const groups = new Map();
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const [method, op] of Object.entries(methods)) {
      const tag = op.tags?.[0] ?? 'Other';
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(doc, method, path, op));
    }
  }
  const main = document.getElementById('operations');
  for (const [tag, entries] of groups) main.append(make('section', {}, make('h2', { textContent: tag }), ...entries));
  document.getElementById('filter').addEventListener('input', e => {
    const words = e.target.value.toLowerCase().split(/\s+/);
    for (const entry of main.querySelectorAll('details')) entry.hidden = !words.every(w => entry.dataset.search.includes(w));
    for (const section of main.querySelectorAll('section')) section.hidden = !section.querySelector('details:not([hidden])');
  });
});
