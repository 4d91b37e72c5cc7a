import { Fragment, type ReactNode } from 'react';

/** The little Markdown that node documentation uses: paragraphs, lists, code, bold. Never HTML. */
export function Markdown({ text }: { text: string }) {
  return blocks(text).map((block, i) => {
    const key = i;
    if (block.startsWith('```')) {
      return <pre key={key}>{block.replace(/^```\w*\n?|\n?```$/g, '')}</pre>;
    }
    if (/^[-*] /.test(block)) {
      return (
        <ul key={key} style={{ margin: '0 0 10px', paddingLeft: 18 }}>
          {block.split(/\n(?=[-*] )/).map((item) => (
            <li key={item}>{inline(item.slice(2))}</li>
          ))}
        </ul>
      );
    }
    return <p key={key}>{inline(block.replace(/^#+\s*/, ''))}</p>;
  });
}

function blocks(text: string): string[] {
  return text
    .split(/(```[\s\S]*?```)|\n\s*\n/)
    .map((block) => block?.trim() ?? '')
    .filter(Boolean);
}

function inline(text: string): ReactNode {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, i) => {
    const key = i;
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>;
    if (part.startsWith('**')) return <b key={key}>{part.slice(2, -2)}</b>;
    return <Fragment key={key}>{part}</Fragment>;
  });
}
