import { expect, it } from 'vitest'
import { connected, on } from './streamkap-support.js'
import { started } from './support.js'

it('Streamkap as a process: lifetimes are those of the environment, and SIGTERM ends it', {
  timeout: 60_000,
}, async () => {
  const child = await started('streamkap', { ACCESS_TOKEN_TTL: '3s' })
  const world = await on(child.origin)
  const { accessToken, expiresIn } = await connected(world)
  expect(expiresIn).toBe(3)
  expect(await world.reads(accessToken)).toBe(200)
  expect(await child.end('SIGTERM')).toBe(0)
  expect(child.complained()).toBe('')
})
