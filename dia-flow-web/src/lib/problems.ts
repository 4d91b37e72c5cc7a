import i18next from 'i18next';

/** A message of the server: in English, and how it was put together, by which it is found in other languages. */
export interface Told {
  message: string;
  /** The message with {0}, {1} … in the place of its parts; absent when the message has none. */
  form?: string | undefined;
  args?: readonly string[] | undefined;
  /** What parts that are names of fields are in the other language. */
  labels?: Readonly<Record<string, string>> | undefined;
}

interface Hinted {
  hint?: string | undefined;
  hint_form?: string | undefined;
  hint_args?: readonly string[] | undefined;
}

const files = import.meta.glob<{ default: Record<string, string> }>('../locales/*/problems.json');

/** What the server's messages are in a language, by their forms. The server itself speaks English. */
const texts = new Map<string, Record<string, string>>();

/** Resolves when the server's messages can be said in the language. */
export async function loadProblems(language: string): Promise<void> {
  const load = files[`../locales/${language}/problems.json`];
  if (!load || texts.has(language)) return;
  try {
    texts.set(language, (await load()).default);
  } catch {
    // Without them the server's own words are shown.
  }
}

/** What a message says in the language, or the server's own words where it has none for them. */
export function said(told: Told, language: string = i18next.language): string {
  const known = speech(language);
  if (!known) return told.message;
  const { form = told.message, args = [], labels = {} } = told;
  const whole = own(labels, told.message);
  if (whole !== undefined) return whole;
  const text = known.text(form);
  // A message that was changed on its way is not what its parts say.
  if (text === undefined || fill(form, args) !== told.message) return known.say(told.message);
  return fill(text, args, (part, mark) => own(labels, part) ?? (mark ? known.say(part) : part));
}

/** A message that comes without its form, such as what something waits for. */
export const saidText = (message: string, language?: string) => said({ message }, language);

export function saidHint(told: Hinted, language?: string): string | undefined {
  if (!told.hint) return undefined;
  return said({ message: told.hint, form: told.hint_form, args: told.hint_args }, language);
}

const own = (of: Readonly<Record<string, string>>, key: string) =>
  Object.hasOwn(of, key) ? of[key] : undefined;

/** Puts the parts in; those marked by ! are messages themselves. */
function fill(
  text: string,
  args: readonly string[],
  put = (part: string, _mark: string) => part,
): string {
  if (args.length === 0) return text;
  return text.replace(/\{(\d+)(!?)\}/g, (whole, n: string, mark: string) => {
    const part = args[Number(n)];
    return part === undefined ? whole : put(part, mark);
  });
}

function speech(language: string): Speech | undefined {
  const known = texts.get(language);
  if (!known) return undefined;
  const there = speeches.get(language);
  if (there?.known === known) return there;
  const made = new Speech(known);
  speeches.set(language, made);
  return made;
}

const speeches = new Map<string, Speech>();

interface Pattern {
  expression: RegExp;
  /** Which part each group is. */
  parts: number[];
  text: string;
  /** Whether it begins with a word. */
  begun: boolean;
}

/** Says messages that have come without their parts, such as those within others. */
class Speech {
  private patterns: Pattern[] | undefined;
  private readonly found = new Map<string, string>();

  constructor(readonly known: Record<string, string>) {}

  text(form: string): string | undefined {
    return own(this.known, form);
  }

  say(message: string): string {
    const before = this.found.get(message);
    if (before !== undefined) return before;
    if (this.found.size > MOST_FOUND) this.found.clear();
    const bare = message.trim();
    const sentences = message.split(/(?<=[.?]) (?=\S)/);
    const things = message.split('; ');
    const out =
      this.exact(bare) ??
      this.joined(sentences, '', true) ??
      this.like(bare, true) ??
      this.joined(things, '；', true) ??
      this.like(bare, false) ??
      this.joined(sentences, '', false) ??
      this.joined(things, '；', false) ??
      this.about(message) ??
      this.ended(bare) ??
      message;
    this.found.set(message, out);
    return out;
  }

  private exact(message: string): string | undefined {
    return this.text(message) ?? this.count(message);
  }

  /** The parts of a message are what stands between the words of the form that has most of them. */
  private like(message: string, begins: boolean): string | undefined {
    this.patterns ??= patternsOf(this.known);
    for (const { expression, parts, text, begun } of this.patterns) {
      const found = begun === begins && expression.exec(message);
      if (!found) continue;
      const args: string[] = [];
      parts.forEach((part, i) => {
        args[part] = found[i + 1] ?? '';
      });
      // A part that is no message is one thing; where it holds several, the form does not fit.
      let fits = true;
      const out = fill(text, args, (part, mark) => {
        if (mark) return this.say(part);
        fits &&= !part.includes('; ');
        return part;
      });
      if (fits) return out;
    }
    return undefined;
  }

  /** A number with its word or its unit, such as 3 rows. */
  private count(message: string): string | undefined {
    const found = /^([\d.,]+) (\D.*)$/.exec(message);
    if (!found) return undefined;
    const [, number = '', word = ''] = found;
    const text = this.text(`{0} ${word}`);
    if (text !== undefined) return fill(text, [number]);
    const unit = this.text(word);
    return unit && `${number} ${unit}`;
  }

  /** Several sentences, or several things in a row, of which all or some are known. */
  private joined(pieces: readonly string[], between: string, all: boolean): string | undefined {
    if (pieces.length < 2) return undefined;
    const out = pieces.map((piece) => this.say(piece));
    const known = out.filter((piece, i) => piece !== pieces[i]).length;
    return known === pieces.length || (known > 0 && !all) ? out.join(between) : undefined;
  }

  /** What something is about, and then a message. */
  private about(message: string): string | undefined {
    const found = /^([^\s:]+): (.+)$/s.exec(message);
    if (!found) return undefined;
    const [, of = '', rest = ''] = found;
    const out = this.say(rest);
    return out === rest ? undefined : `${of}：${out}`;
  }

  /** A sentence whose end or article is no part of what is known. */
  private ended(message: string): string | undefined {
    const [, rest, article] = /^(.+)\.$|^an? (.+)$/s.exec(message) ?? [];
    const bare = rest ?? article;
    const out = bare && this.say(bare);
    if (out && out !== bare) return out + (rest ? '。' : '');
    const whole = message.endsWith('.') ? undefined : this.like(`${message}.`, true);
    return whole?.replace(/。$/, '');
  }
}

const MOST_FOUND = 500;

/** A form of little more than parts would fit many. */
const LEAST = 7;

function patternsOf(known: Record<string, string>): Pattern[] {
  const all: { pattern: Pattern; fixed: number }[] = [];
  for (const [form, text] of Object.entries(known)) {
    const words = form.split(/\{(\d+)\}/);
    const fixed = words.filter((_, i) => i % 2 === 0).join('').length;
    if (words.length < 3 || fixed <= LEAST) continue;
    const source = words.map((word, i) => (i % 2 ? group(words, i) : escaped(word))).join('');
    const parts = words.filter((_, i) => i % 2 === 1).map(Number);
    const expression = new RegExp(`^${source}$`, 's');
    all.push({ pattern: { expression, parts, text, begun: words[0] !== '' }, fixed });
  }
  return all.sort((a, b) => b.fixed - a.fixed).map(({ pattern }) => pattern);
}

/** A part right behind a word or another part adds something to it, or nothing. */
function group(words: readonly string[], i: number): string {
  const before = words[i - 1] ?? '';
  const adds = i > 1 ? /^["')]*$|[a-z]$/.test(before) : /[a-z]$/.test(before);
  return adds ? '((?:[;,:( ].*?)?)' : '(.+?)';
}

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
