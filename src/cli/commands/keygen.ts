import { toBase64url } from '../../core/bytes.js'
import type { Json } from '../../core/json.js'
import { generateKey } from '../../jwt/jwk.js'
import { command } from '../command.js'
import { Failure } from '../failure.js'

/** A key as it is handed out. */
interface Made {
  readonly json: Json
  /** As a line of an environment file has it. */
  readonly text: string
}

interface Kind {
  readonly name: string
  readonly variable: string
  readonly what: string
  make(): Promise<Made>
}

const KEY_BYTES = 32

/** 256 bits of the system's generator, with an id that says when they were drawn. */
async function makeSymmetric(): Promise<Made> {
  const key = toBase64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  return { json: { id: new Date().toISOString().slice(0, 10), key }, text: key }
}

async function makeSigning(): Promise<Made> {
  const jwk = await generateKey()
  return { json: { ...jwk }, text: `'${JSON.stringify(jwk)}'` }
}

const KINDS: readonly Kind[] = [
  {
    name: 'sealing',
    variable: 'TOKENLOOP_SEALING_KEY',
    what: 'seals what must be shown again, and signing keys: `sealWith`, 32 bytes in base64url',
    make: makeSymmetric,
  },
  {
    name: 'pepper',
    variable: 'TOKENLOOP_PEPPER',
    what: 'is mixed into every digest: `peppers`, 32 bytes in base64url',
    make: makeSymmetric,
  },
  {
    name: 'signing',
    variable: 'TOKENLOOP_SIGNING_KEY',
    what: 'signs JWTs: `staticKeys({ sign })`, a private JWK for ES256',
    make: makeSigning,
  },
]

const NAMES = KINDS.map(({ name }) => name)

export const keygen = command({
  name: 'keygen [kind...]',
  summary: 'make keys: for sealing, as a pepper, for signing',
  details: `Kinds are ${NAMES.join(', ')}; all of them by default. Keys are printed as lines of an environment file, and kept nowhere:
whoever loses a sealing key or a pepper loses what was made with it.`,
  options: [],
  examples: [
    ['keygen >> .env', 'one of each, for an environment file'],
    ['keygen signing --json', 'a private JWK for ES256'],
  ],
  async run(names, _options: object, out) {
    const unknown = names.find((name) => !NAMES.includes(name))
    if (unknown !== undefined) throw new Failure('usage', `there is no key of the kind ${unknown}: ${NAMES.join(', ')}`)
    const json: Record<string, Json> = {}
    for (const { name, variable, what, make } of KINDS) {
      if (names.length > 0 && !names.includes(name)) continue
      const made = await make()
      json[name] = made.json
      out.line(`# ${what}\n${variable}=${made.text}`)
    }
    return { json }
  },
})
