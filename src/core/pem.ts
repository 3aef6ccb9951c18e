import { failed, ok, type Result } from './result.ts';

/** One block of PEM text. */
export interface PemBlock {
  /** What it says that it is: `CERTIFICATE`, `RSA PRIVATE KEY`. */
  readonly label: string;
  /** The whole block, its first and last line included. */
  readonly text: string;
  /** What is between them. */
  readonly body: string;
}

/** `broken`: a BEGIN line without its END line, or the other way round. */
export type PemFault = 'broken' | 'too-many';

const marker = /^-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----[ \t]*$/gm;

/**
 * The blocks of a text, in their order; what is between them is skipped, as every reader does. BEGIN and END count only
 * as lines of their own, for the same reason. One pass, so that no text can make it slow.
 */
export function pemBlocks(text: string, most: number): Result<readonly PemBlock[], PemFault> {
  const blocks: PemBlock[] = [];
  let open: RegExpExecArray | undefined;
  for (const line of text.matchAll(marker)) {
    const [all, side, label = ''] = line;
    const isNext = open === undefined ? side === 'BEGIN' : side === 'END' && label === open[2];
    if (!isNext) return failed('broken');
    if (open === undefined) open = line;
    else if (blocks.length === most) return failed('too-many');
    else {
      const body = text.slice(open.index + open[0].length, line.index);
      // END and the next BEGIN in one line.
      if (body.includes('-----')) return failed('broken');
      blocks.push({ label, text: text.slice(open.index, line.index + all.length), body });
      open = undefined;
    }
  }
  return open === undefined ? ok(blocks) : failed('broken');
}
