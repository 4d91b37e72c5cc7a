import i18next from 'i18next';

/** A message of the server: in English, and how it was put together, by which it is found in other languages. */
export interface Told {
  message: string;
  /** The message with {0}, {1} … in the place of its parts; absent when the message has none. */
  form?: string | undefined;
  args?: readonly string[] | undefined;
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
  const known = texts.get(language);
  if (!known) return told.message;
  const { form = told.message, args = [] } = told;
  const text = own(known, form);
  // A message that was changed on its way is not what its parts say.
  if (text === undefined || fill(form, args) !== told.message) return told.message;
  return fill(text, args, (part) => within(known, part));
}

export function saidHint(told: Hinted, language?: string): string | undefined {
  if (!told.hint) return undefined;
  return said({ message: told.hint, form: told.hint_form, args: told.hint_args }, language);
}

const own = (known: Record<string, string>, form: string) =>
  Object.hasOwn(known, form) ? known[form] : undefined;

/** Puts the parts in; those marked by ! are messages themselves. */
function fill(text: string, args: readonly string[], message = (part: string) => part): string {
  if (args.length === 0) return text;
  return text.replace(/\{(\d+)(!?)\}/g, (whole, n: string, mark: string) => {
    const part = args[Number(n)];
    return part === undefined ? whole : mark ? message(part) : part;
  });
}

/** A message within another has come without its parts: they are what stands between the words of the form that fits best. */
function within(known: Record<string, string>, message: string): string {
  const whole = own(known, message);
  if (whole !== undefined) return whole;
  let best = LEAST;
  let out = message;
  for (const [form, text] of Object.entries(known)) {
    const words = form.split(/\{(\d+)\}/);
    const fixed = words.filter((_, i) => i % 2 === 0).join('').length;
    if (words.length < 3 || fixed <= best) continue;
    const pattern = words.map((word, i) => (i % 2 ? '(.+?)' : escaped(word))).join('');
    const found = new RegExp(`^${pattern}$`, 's').exec(message);
    if (!found) continue;
    const args: string[] = [];
    for (let i = 1; i < words.length; i += 2) args[Number(words[i])] = found[(i + 1) / 2] ?? '';
    best = fixed;
    out = fill(text, args);
  }
  return out;
}

/** A form of little more than parts would fit many. */
const LEAST = 7;

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
