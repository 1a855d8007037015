// Reads any tar as it comes, entry by entry: of GNU's tar, of an engine, of whoever. Nothing of it is trusted but the place where
// each entry ends; what may be done with an entry, others decide (sift-entries.ts).
import { type Bytes, PassingBytes } from '../images/bytes.ts';
import {
  decodePax,
  decodeTarAttributes,
  decodeTarHeader,
  malformed,
  parseSize,
  TAR_BLOCK_BYTES,
  type TarHeader,
  tarPadding,
} from '../tar-header.ts';
import { ATTRIBUTES_HEADER_BYTES } from './parameters.ts';

/** One entry, as it is written. The bytes are read before the next entry is asked for; what is left of them then is passed over. */
export interface TarItem {
  readonly kind: 'file' | 'folder' | 'link' | 'symlink' | 'other';
  readonly name: string;
  readonly target: string;
  readonly sizeBytes: number;
  /** The permissions with set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly timeSeconds: number;
  read(): Bytes;
}

/** Throws IMAGE_ARCHIVE_MALFORMED, and what the source throws. */
export async function* readTar(tar: Bytes): AsyncGenerator<TarItem> {
  const bytes = new PassingBytes(tar, () => malformed('it breaks off'));
  const reader = new TarReader(bytes);
  try {
    for (;;) {
      const item = await reader.next();
      if (item === undefined) return;
      yield item;
      await bytes.passOver();
    }
  } finally {
    await bytes.close();
  }
}

class TarReader {
  readonly #bytes: PassingBytes;

  constructor(bytes: PassingBytes) {
    this.#bytes = bytes;
  }

  async next(): Promise<TarItem | undefined> {
    const said = new Map<string, string>();
    for (;;) {
      const block = await this.#bytes.take(TAR_BLOCK_BYTES);
      const header = decodeTarHeader(block);
      if (header === undefined) return undefined;
      if (await this.#isAbout(header, said)) continue;
      const kind = kindOf(header);
      const sizeBytes = kind === 'file' ? sizeOf(header, said) : 0;
      // Links say the size of what they lead to, and have no bytes themselves; whatever else has some is passed over
      const bodyBytes = kind === 'folder' || kind === 'other' ? header.sizeBytes : sizeBytes;
      this.#bytes.begin(bodyBytes, tarPadding(bodyBytes));
      const { mode, timeSeconds } = decodeTarAttributes(block);
      return {
        ...{ kind, name: said.get('path') ?? header.name, target: said.get('linkpath') ?? header.target },
        ...{
          sizeBytes,
          mode: mode & 0o7777,
          timeSeconds,
          read: () => (kind === 'file' ? this.#bytes.body() : nothing()),
        },
      };
    }
  }

  /** Whether a header speaks of the entry after it; what counts of that is noted. */
  async #isAbout({ kind, sizeBytes }: TarHeader, said: Map<string, string>): Promise<boolean> {
    if (kind !== 'pax' && kind !== 'pax-global' && kind !== 'long-name' && kind !== 'long-link') return false;
    if (sizeBytes > ATTRIBUTES_HEADER_BYTES) throw malformed('an extended header is too large');
    const bytes = (await this.#bytes.take(sizeBytes + tarPadding(sizeBytes))).subarray(0, sizeBytes);
    if (kind === 'pax') for (const [key, value] of decodePax(bytes)) said.set(key, value);
    else if (kind !== 'pax-global')
      said.set(kind === 'long-name' ? 'path' : 'linkpath', bytes.toString('utf8').replace(/\0[\s\S]*$/, ''));
    return true;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function kindOf({ kind }: TarHeader): TarItem['kind'] {
  return kind === 'file' || kind === 'folder' || kind === 'link' || kind === 'symlink' ? kind : 'other';
}

function sizeOf({ sizeBytes }: TarHeader, said: ReadonlyMap<string, string>): number {
  const text = said.get('size');
  return text === undefined ? sizeBytes : parseSize(text);
}
