// An invitation as people pass it on: one line, `tally1` and the record in base32. Its signature is its checksum.
import { base32 } from 'multiformats/bases/base32';
import { TallyError } from '../lib/errors.ts';
import { decode } from './codec.ts';
import { NETWORK } from './common.ts';
import { openRecord, type SignedRecord } from './envelope.ts';

/** Begins every invitation; a changed form would get another number. */
const PREFIX = 'tally1';

/** The largest record in base32, and the white space that mail and chat put between. */
const MAX_CHARACTERS = 8_192;

/** The line to pass on. Whoever holds it may join by it. */
export function showInvitation({ bytes }: SignedRecord<'invitation'>): string {
  return PREFIX + base32.baseEncode(bytes);
}

/** Reads such a line, broken or in capitals too, for whichever network it is. Throws INVITATION_MALFORMED. */
export function readInvitation(text: string): SignedRecord<'invitation'> {
  if (text.length > MAX_CHARACTERS) throw malformed('too long');
  const line = text.replace(/\s/g, '').toLowerCase();
  if (!line.startsWith(PREFIX)) throw malformed(`it does not begin with ${PREFIX}`);
  try {
    const envelope = base32.baseDecode(line.slice(PREFIX.length));
    return openRecord('invitation', envelope, networkOf(envelope));
  } catch (cause) {
    throw malformed('characters are missing or were changed', cause);
  }
}

/** The network that an envelope's body names, before anything about it is known to be right. */
function networkOf(envelope: Uint8Array): string {
  const parts = decode(envelope);
  const body = Array.isArray(parts) && parts[2] instanceof Uint8Array ? decode(parts[2]) : undefined;
  const named = typeof body === 'object' && 'network' in body ? body.network : '';
  return NETWORK(named, 'network');
}

function malformed(reason: string, cause?: unknown): TallyError {
  return new TallyError('INVITATION_MALFORMED', { reason }, { cause });
}
