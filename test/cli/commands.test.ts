import { createTokens, memoryStore, system, user } from 'tokenloop'
import { issueJwt, managedKeys, staticKeys, verifyJwt } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.js'
import { API_TOKEN, CREDENTIAL_FORMATS, credentialParser, mintCredential } from '../../src/core/credential.js'
import { catalogue, replaceAt } from '../support/world.js'
import { project } from './support.js'

const { tokenloop, json } = project()
const names = COMMANDS.map(({ name }) => name.split(' ')[0] ?? '')

describe('the command line', () => {
  it('says what there is without a command, which is no success', async () => {
    const { code, stdout, stderr } = await tokenloop([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    for (const name of names) expect(stderr).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(await tokenloop(['--help'])).toEqual({ code: 0, stdout: stderr, stderr: '' })
  })

  it.each(names)('%s says how it is used, with examples and exit codes', async (name) => {
    const { code, stdout, stderr } = await tokenloop([name, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: tokenloop ${name} `))
    expect(stdout).toMatch(new RegExp(`Examples:\n  # .+\n  \\$ npx tokenloop ${name}`))
    expect(stdout).toContain('--json')
    expect(stdout).toContain('Exit codes:')
    expect(await tokenloop(['help', name])).toMatchObject({ code: 0, stdout })
  })

  it('says its version', async () => {
    expect(await tokenloop(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  it.each([
    [['scam'], /unknown command 'scam'\n\(Did you mean scan\?\)/],
    [['scan', '--prefx', 'acme'], /unknown option '--prefx'/],
    [['schema'], /--dialect/],
    [['schema', '--dialect', 'oracle'], /postgres, mysql, sqlite/],
    [['schema', '--dialect', 'sqlite', '--schema', 'auth'], /schema is for PostgreSQL/],
    [['schema', '--dialect', 'sqlite', 'more'], /too many arguments/],
    [['patterns'], /--prefix/],
    [['patterns', '--prefix', '-'], /a prefix has letters and digits/],
    [['keygen', 'rsa'], /no key of the kind rsa/],
  ])('%j is refused in words, and as JSON', async (args, words) => {
    const { code, stdout, stderr } = await tokenloop(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(words)
    expect(stderr).not.toMatch(/^ {4}at /m)
    const said = await json(args)
    expect(said.code).toBe(2)
    expect(said.document).toMatchObject({ error: { code: expect.any(String), message: expect.stringMatching(words) } })
  })
})

/** The variables of an environment file. */
const variables = (text: string) =>
  Object.fromEntries([...text.matchAll(/^(\w+)='?(.*?)'?$/gm)].map(([, name, value]) => [name, value])) as Record<
    string,
    string
  >

describe('tokenloop keygen', () => {
  it('makes keys that seal, are peppers and sign', async () => {
    const { stdout } = await tokenloop(['keygen'])
    const { TOKENLOOP_SEALING_KEY, TOKENLOOP_PEPPER, TOKENLOOP_SIGNING_KEY = '' } = variables(stdout)
    const bytes = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'))
    const tokens = createTokens({
      store: memoryStore(),
      catalogue,
      prefix: 'acme',
      sealWith: [{ id: '1', key: bytes(TOKENLOOP_SEALING_KEY) }],
      peppers: [{ id: '1', key: bytes(TOKENLOOP_PEPPER) }],
    })
    const { secret, token } = await tokens.issue({ by: system, owner: user('alice'), name: 'ci', scopes: [] })
    expect((await tokens.reveal(token.id, { by: system })).reveal()).toBe(secret.reveal())

    const keys = await staticKeys({ sign: TOKENLOOP_SIGNING_KEY })
    const claims = { iss: 'https://a.test', aud: 'https://b.test', sub: 'u', client_id: 'c' }
    const jwt = await issueJwt(keys, claims, { expiresIn: '1m' })
    expect(await verifyJwt(jwt, { issuer: claims.iss, audience: claims.aud, keys })).toMatchObject({ ok: true })
  })

  it('makes those that are asked for, others each time', async () => {
    const [one, two] = await Promise.all([json(['keygen', 'sealing']), json(['keygen', 'sealing'])])
    const [a, b] = [one.document, two.document] as { sealing: { id: string; key: string } }[]
    expect(Object.keys(a ?? {})).toEqual(['sealing'])
    expect(a?.sealing.key).toMatch(/^[\w-]{43}$/)
    expect(a?.sealing.key).not.toBe(b?.sealing.key)
    const key = new Uint8Array(Buffer.from(a?.sealing.key ?? '', 'base64url'))
    const keys = managedKeys({ store: memoryStore(), sealWith: [{ id: a?.sealing.id ?? '', key }] })
    await keys.ready()
    expect((await tokenloop(['keygen', 'pepper'])).stdout).not.toContain('SEALING')
  })
})

describe('tokenloop patterns', () => {
  const parse = credentialParser(API_TOKEN, ['acme', 'sk_live'])

  it('has expressions that find every token and its own samples, and nothing that is cut short', async () => {
    const { document } = await json(['patterns', '--prefix', 'acme', '--prefix', 'sk_live'])
    const { patterns } = document as {
      patterns: { name: string; kind: string; prefix: string; expression: string; samples: string[] }[]
    }
    expect(patterns.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['acme_token', 'acme_refresh', 'sk_live_token']),
    )
    expect(patterns).toHaveLength(2 * CREDENTIAL_FORMATS.length)
    for (const { kind, prefix, expression, samples } of patterns) {
      const whole = new RegExp(`^${expression}$`)
      const format = CREDENTIAL_FORMATS.find((format) => format.kind === kind) ?? API_TOKEN
      const parse = credentialParser(format, [prefix])
      for (let i = 0; i < 50; i++) expect(mintCredential(format, prefix).text).toMatch(whole)
      expect(samples.length).toBeGreaterThan(1)
      for (const sample of samples) {
        expect(sample).toMatch(whole)
        expect(parse(sample)).toBeDefined()
        expect(sample.slice(0, -1)).not.toMatch(whole)
      }
    }
  })

  it('writes rules for gitleaks, whose expression takes the token out of a line', async () => {
    const { stdout, code } = await tokenloop(['patterns', '--prefix', 'acme', '--for', 'gitleaks'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\[\[rules\]\]\nid = "acme-token"\n/)
    expect(stdout).toContain('keywords = ["acme_"]')
    const [, regex = ''] = /regex = '''(.+)'''/.exec(stdout) ?? []
    const { text } = mintCredential(API_TOKEN, 'acme')
    expect(new RegExp(regex).exec(`token: "${text}",`)?.[1]).toBe(text)
    expect(`token: "${text}x"`).not.toMatch(new RegExp(regex))
  })

  it('writes detectors for trufflehog, and what GitHub asks for with samples', async () => {
    const hog = await tokenloop(['patterns', '--prefix', 'acme', '--for', 'trufflehog'])
    expect(hog.stdout).toMatch(/^detectors:\n {2}- name: acme_token\n/)
    expect(hog.stdout).toContain(
      "  - name: acme_token\n    keywords:\n      - acme_\n    regex:\n      token: '\\b(acme_[0-9A-Za-z]{44})\\b'\n",
    )
    const { stdout } = await tokenloop(['patterns', '--prefix', 'acme', '--for', 'github'])
    const samples = stdout.match(/^ {2}acme_\w+$/gm)?.map((line) => line.trim()) ?? []
    expect(samples.map((sample) => parse(sample) !== undefined)).toEqual([true, true, true])
  })
})

const claims = { iss: 'https://auth.acme.dev', sub: 'u_42', exp: 1_700_000_000, iat: 1_699_999_000 }
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (body: object) => `${part({ alg: 'ES256', kid: 'k1' })}.${part(body)}.${'A'.repeat(86)}`

describe('tokenloop inspect', () => {
  it('says what a token is, and shows nothing secret of it', async () => {
    const { text, id, verifier } = mintCredential(API_TOKEN, 'sk_live')
    const looks = { is: 'token', kind: 'token', id, prefix: 'sk_live' }
    expect(await json(['inspect', text])).toMatchObject({ code: 0, document: looks })
    expect((await json(['inspect'], { stdin: `${text}\n` })).document).toEqual(looks)
    const { stdout, stderr } = await tokenloop(['inspect', '-'], { stdin: text })
    expect(stdout).toContain(`id: ${id}\n`)
    expect(stdout + stderr).not.toContain(verifier.slice(0, 6))
  })

  it('A1.2 A1.4 says why a text is no token', async () => {
    const { text } = mintCredential(API_TOKEN, 'acme')
    const why = async (given: string) => {
      const { document, code } = await json(['inspect'], { stdin: given })
      expect(code).toBe(1)
      return (document as { why: string }).why
    }
    expect(await why(replaceAt(text, text.length - 1))).toMatch(/checksum does not fit/)
    expect(await why(text.slice(0, -2))).toMatch(/42 characters, and not 44, /)
    expect(await why('')).toMatch(/no prefix/)
    expect(await why('acme_a-b')).toMatch(/more than digits and letters/)
    expect(await why(`${text}.x.y`)).toMatch(/no compact JWT/)
  })

  it('says what a JWT says, when it expires, and that its signature was not checked', async () => {
    const { document, code } = await json(['inspect', jwt(claims)])
    expect(code).toBe(0)
    expect(document).toEqual({
      is: 'jwt',
      header: { alg: 'ES256', kid: 'k1' },
      claims,
      times: { iat: '2023-11-14T21:56:40.000Z', exp: '2023-11-14T22:13:20.000Z' },
      expired: true,
      signature: 'not checked',
    })
    const { stdout } = await tokenloop(['inspect', jwt({ exp: 1e11 })])
    expect(stdout).toContain('expired: no\nsignature: not checked\n')
    expect(stdout).not.toContain('AAAAAA')
  })

  it('A14.17 refuses a JWT that two readers could take for different things', async () => {
    const twice = Buffer.from('{"sub":"a","sub":"b"}').toString('base64url')
    expect((await json(['inspect', `${part({ alg: 'ES256' })}.${twice}.AAAA`])).document).toMatchObject({
      is: 'unknown',
    })
    expect((await json(['inspect'], { stdin: `${'a'.repeat(9000)}.b.c` })).document).toMatchObject({
      why: 'it is no compact JWT: too_long',
    })
    expect((await tokenloop(['inspect'], { stdin: 'x'.repeat(100_000) })).code).toBe(2)
  })
})
