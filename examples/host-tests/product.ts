import { createTestKit } from 'tokenloop/testing'
import { createApp } from './app.js'
import { catalogue } from './catalogue.js'

/** The product on a kit of its own, and what asks it. Each test makes one. */
export function product() {
  const kit = createTestKit({ catalogue })
  const app = createApp(kit)
  const ask = (method: string, path: string, headers: object = {}, body?: string) =>
    app(new Request(`https://notes.test${path}`, { method, headers: { ...headers }, ...(body && { body }) }))
  return { kit, ask }
}
