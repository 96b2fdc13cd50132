import { command, EXIT } from '../command.js'
import { Failure } from '../failure.js'
import { type Looks, looksLike } from '../looks.js'

/** As much as is read of standard input, in bytes. */
const MOST = 64 * 1024

export const inspect = command({
  name: 'inspect [token]',
  summary: 'say what a token or a JWT is, offline',
  details: `Of a token: its kind, its prefix and its public id, or why it is none. Of a JWT: its header and claims, whose signature is not
checked. Nobody is asked whether it is known, revoked or trusted, and nothing that is secret in it is printed. Without an argument, or
with -, it is read from standard input, which leaves no trace in the history of a shell.`,
  options: [],
  examples: [
    ['inspect < token.txt', 'a token in a file'],
    ['inspect eyJhbGciOiJFUzI1NiIs… --json', 'a JWT, for a program to read'],
  ],
  async run([argument = '-'], _options: object, out) {
    const looks = looksLike((argument === '-' ? await readInput() : argument).trim(), Date.now())
    for (const line of linesOf(looks)) out.line(line)
    return { json: { ...looks }, exit: looks.is === 'unknown' ? EXIT.found : EXIT.ok }
  },
})

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) throw new Failure('usage', 'name a token, or pipe one in')
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of process.stdin as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > MOST) throw new Failure('usage', 'no token is as long as what was piped in')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

function linesOf(looks: Looks): readonly string[] {
  switch (looks.is) {
    case 'token':
      return [`kind: ${looks.kind}`, `prefix: ${looks.prefix}`, `id: ${looks.id}`, 'checksum: fits']
    case 'jwt':
      return [
        `header: ${JSON.stringify(looks.header, null, 2)}`,
        `claims: ${JSON.stringify(looks.claims, null, 2)}`,
        ...Object.entries(looks.times).map(([name, time]) => `${name}: ${time}`),
        ...(looks.expired === null ? [] : [`expired: ${looks.expired ? 'yes' : 'no'}`]),
        'signature: not checked',
      ]
    case 'unknown':
      return [`not a token: ${looks.why}`]
  }
}
