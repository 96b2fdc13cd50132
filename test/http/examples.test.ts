import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

/** An example as a process of its own, on a free port, and the token that it prints. */
async function started(name: string) {
  const main = fileURLToPath(new URL(`../../examples/frameworks/${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env.PATH, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise<{ url: string; secret: string }>((resolve, reject) => {
    let said = ''
    let complained = ''
    child.stderr.on('data', (chunk) => {
      complained += chunk
    })
    child.stdout.on('data', (chunk) => {
      said += chunk
      const [, url, secret] = /^listening on (http:\/\/localhost:\d+), for (acme_\w+)\n/.exec(said) ?? []
      if (url !== undefined && secret !== undefined) resolve({ url: url.replace('localhost', '127.0.0.1'), secret })
    })
    child.once('exit', () => reject(new Error(complained)))
  })
}

describe.each(['node', 'express', 'fastify', 'hono'])('the example of %s, started as a user would', (name) => {
  it('issues tokens to those who may, serves them, and is an authorization server', async () => {
    const { url, secret } = await started(name)
    const call = async (path: string, token: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(url + path, { ...init, headers })
      return { status: response.status, body: await response.json() }
    }
    const made = await call('/v1/api-tokens', secret, {
      method: 'POST',
      body: JSON.stringify({ name: 'ci', scopes: ['issues:read'] }),
    })
    expect(made).toMatchObject({ status: 201, body: { name: 'ci', secret: expect.stringMatching(/^acme_/) } })
    const { secret: other } = made.body as { secret: string }
    expect(await call('/issues', other)).toEqual({ status: 200, body: { issues: [], for: 'token' } })
    expect(await call('/issues', 'nonsense')).toMatchObject({ status: 401, body: { error: 'invalid_token' } })

    const metadata = await fetch(`${url}/.well-known/oauth-authorization-server`)
    expect(await metadata.json()).toMatchObject({ issuer: 'https://acme.example' })
    const form = new URLSearchParams({ grant_type: 'authorization_code', code: 'x', client_id: 'x' })
    const refused = await fetch(`${url}/oauth/token`, { method: 'POST', body: form })
    expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_client' })])
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
  })
})
