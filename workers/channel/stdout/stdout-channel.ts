import { escapeControls, escapeControlsInBlock } from '../../../src/log.ts';
import { shortId } from '../../../src/protocol/job.ts';
import type { Channel, ChannelMessage } from '../channel.ts';

/** Prints each message as one block: whole, labelled, and so that nothing in it can pass for Pylon's own words. */
export function stdoutChannel(print: (text: string) => Promise<void>): Channel {
  return { send: (message) => print(blockOf(message)) };
}

/** A label on a line of its own, every line of text behind a bar, and blank lines around it. */
function blockOf(message: ChannelMessage): string {
  const texts = textsOf(message).filter((text) => text.trim() !== '');
  const lines = texts.flatMap((text, index) => [...(index === 0 ? [] : ['']), ...linesOf(text)]);
  const barred = lines.map((line) => (line === '' ? '  |' : `  | ${line}`));
  return `\n${[labelOf(message), ...barred].join('\n')}\n\n`;
}

function labelOf(message: ChannelMessage): string {
  const parts = [message.pylon, shortId(message.job_id), words[message.event] ?? message.status];
  if (message.run > 1) parts.push(`run ${message.run}`);
  if (message.cost_usd !== null) parts.push(`$${message.cost_usd.toFixed(2)}`);
  const title = message.topic === null ? '' : `: ${message.topic}`;
  return escapeControls(`== ${parts.join(' · ')}${title}`);
}

const words: Partial<Record<ChannelMessage['event'], string>> = {
  'job.started': 'started',
  'job.awaiting_approval': 'awaits approval',
};

/** A job opens with its message and ends with what came of it. */
function textsOf(message: ChannelMessage): string[] {
  switch (message.event) {
    case 'job.started':
      return [message.message ?? ''];
    case 'job.awaiting_approval':
      return [message.message ?? '', `Approve with: pylon approve ${shortId(message.job_id)}`];
    case 'job.ended':
      return [message.result ?? '', message.error ?? ''];
    default:
      return message.event satisfies never;
  }
}

function linesOf(text: string): string[] {
  const lines = escapeControlsInBlock(text.replaceAll('\r\n', '\n')).split('\n');
  // Not by a pattern: on a megabyte of blank lines that looks at each of them from each of them.
  const last = lines.findLastIndex((line) => line !== '');
  return lines.slice(0, last + 1);
}
