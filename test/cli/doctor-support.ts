import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { system } from 'tokenloop'
import type { Finding } from '../../src/cli/doctor/check.js'
import type { Section } from '../../src/cli/doctor/examination.js'
import { run } from '../../src/cli/program.js'
import { type Front, served } from '../interop/support.js'

export interface Report {
  readonly failed: number
  readonly warned: number
  readonly sections: readonly Section[]
}

const REDIRECT_URI = 'http://127.0.0.1/callback'
const OPENID = { claims: async () => ({}) }

/** Runs the command in this process. What it printed, and how it would end. */
export async function doctor(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = Promise.all([text(stdout), text(stderr)])
  const code = await run(['doctor', ...args], { stdout, stderr })
  stdout.end()
  stderr.end()
  const [out, err] = await said
  return { code, stdout: out, stderr: err }
}

/** The same for its one document. */
export async function report(...args: string[]): Promise<Report & { readonly code: number }> {
  const { code, stdout } = await doctor(...args, '--json')
  return { code, ...(JSON.parse(stdout) as Report) }
}

export const findingsOf = ({ sections }: Report): ReadonlyMap<string, Finding> =>
  new Map(sections.flatMap(({ findings }) => findings.map((finding) => [finding.id, finding])))

/** A whole deployment of ours, below a path, with something in front of it; and what to examine it with. */
export async function deployment(front?: Front, options: Parameters<typeof served>[0] = {}) {
  const { issuer, resource, auth } = await served({
    registration: { open: true },
    metadataDocuments: true,
    path: '/as',
    openid: OPENID,
    ...(front !== undefined && { front }),
    ...options,
  })
  const { client } = await auth.clients.create({ by: system, name: 'App', redirectUris: [REDIRECT_URI] })
  return { issuer, resource, args: ['--loopback', '--client', client.id, '--redirect-uri', REDIRECT_URI] }
}

type Members = Readonly<Record<string, unknown>>
const isAt = (request: Request, place: RegExp) => place.test(new URL(request.url).pathname)

/** Answers another thing at a place. */
export const answers =
  (place: RegExp, other: (request: Request) => Response): Front =>
  async (request, answer) =>
    isAt(request, place) ? other(request) : answer(request)

/** Changes headers at a place; `null` takes one away. */
export const headers =
  (place: RegExp, changed: Readonly<Record<string, string | null>>): Front =>
  async (request, answer) => {
    const given = await answer(request)
    if (!isAt(request, place)) return given
    const result = new Response(given.body, given)
    for (const [name, value] of Object.entries(changed)) {
      if (value === null) result.headers.delete(name)
      else result.headers.set(name, value)
    }
    return result
  }

/** Changes members of a document; `undefined` takes one away. */
export const members =
  (place: RegExp, changed: Members | ((document: Members) => Members)): Front =>
  async (request, answer) => {
    const given = await answer(request)
    if (!isAt(request, place) || given.status !== 200) return given
    const document = (await given.json()) as Members
    const news = typeof changed === 'function' ? changed(document) : changed
    return new Response(JSON.stringify({ ...document, ...news }), given)
  }
