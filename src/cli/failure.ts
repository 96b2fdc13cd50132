import { CommanderError } from 'commander'
import { TokenloopError } from '../core/errors.js'

/** What a person can mend: words for them, and nothing else. */
export class Failure extends Error {
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** What went wrong, in words for people and a code for programs. */
export interface Told {
  readonly code: string
  readonly message: string
}

/** What an error says. The words of a database come with it, since only they tell what is to be mended. */
export function tell(error: unknown): Told {
  if (error instanceof CommanderError) return { code: 'usage', message: error.message.replace(/^error: /, '') }
  const code = error instanceof TokenloopError || error instanceof Failure ? error.code : 'failed'
  return { code, message: withoutSecrets([...messages(error)].join(': ')) }
}

function* messages(error: unknown): Generator<string> {
  for (let next = error; next instanceof Error; next = next.cause) {
    // What a system answers for each address of a host is in its parts.
    const parts = next instanceof AggregateError ? next.errors.map(String) : []
    yield [next.message, ...parts].filter((text) => text !== '').join(', ')
  }
}

/** Drivers quote the address that they were given now and then. */
const withoutSecrets = (text: string): string => text.replace(/(\w:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:…@')
