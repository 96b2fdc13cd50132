import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { documentOf } from './documented.js'
import { host } from './support.js'

/** The endpoints of the product, and what this API has beyond them. */
const ENDPOINTS = [
  'DELETE /v1/api-tokens/{id}',
  'DELETE /v1/service-accounts/{id}',
  'DELETE /v1/service-accounts/{id}/tokens/{tok_id}',
  'GET /v1/api-tokens',
  'GET /v1/api-tokens/scopes',
  'GET /v1/openapi.json',
  'GET /v1/service-accounts',
  'GET /v1/service-accounts/{id}/tokens',
  'PATCH /v1/api-tokens/{id}',
  'PATCH /v1/service-accounts/{id}',
  'POST /v1/api-tokens',
  'POST /v1/api-tokens/{id}/roll',
  'POST /v1/service-accounts',
  'POST /v1/service-accounts/{id}/tokens',
]

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1, and is served as it is made', async () => {
    const { api, call } = await host({ api: { info: { title: 'Causeloop', version: '2030-01' } } })
    const { status, body } = await call('GET', '/v1/openapi.json')
    expect([status, body]).toEqual([200, api.openapi()])
    expect(body).toMatchObject({ openapi: '3.1.1', info: { title: 'Causeloop', version: '2030-01' } })
    expect(await new Validator().validate(api.openapi())).toEqual({ valid: true })
  })

  it('CL12 has every endpoint, each with an id of its own', async () => {
    const { paths } = documentOf((await host()).api)
    const all = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        operationId,
      })),
    )
    expect(all.map(({ name }) => name).sort()).toEqual(ENDPOINTS)
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(ENDPOINTS.length)
  })

  it('names every schema it refers to, and every variable of a path', async () => {
    const { api } = await host()
    const document = documentOf(api)
    const text = JSON.stringify(document)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name as string)
    }
    expect(text).not.toMatch(/"\$(id|schema)"/)
    for (const [path, item] of Object.entries(document.paths)) {
      const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const operation of Object.values(item)) {
        const { parameters = [] } = operation as { parameters?: { in: string; name: string }[] }
        expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(variables)
      }
    }
  })

  it('a change to what was handed out reaches neither what is served nor whoever asks next', async () => {
    const { api, call } = await host()
    Object.assign(documentOf(api).paths, { '/evil': {} })
    expect(JSON.stringify(api.openapi())).not.toContain('evil')
    expect((await call('GET', '/v1/openapi.json')).text).not.toContain('evil')
  })

  it('its schemas take what the API takes and refuse what it refuses', async () => {
    const { api, call } = await host()
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const valid = ajv.compile({
      $ref: '#/components/schemas/NewToken',
      components: documentOf(api).components,
    })
    const bodies: readonly unknown[] = [
      { name: 'x', scopes: [] },
      { name: 'y', scopes: ['issues:read'], expires_at: '2031-01-01T00:00:00+02:00' },
      { name: 'z', scopes: ['issues:read', 'issues:read'], expires_at: null },
      { name: '😀'.repeat(100), scopes: [] },
      { name: '😀'.repeat(101), scopes: [] },
      { name: '', scopes: [] },
      { name: 'x' },
      { name: 'v', scopes: 'issues:read' },
      { name: 'v', scopes: ['issues:delete'] },
      { name: 'v', scopes: [1] },
      { name: 'v', scopes: [], more: 1 },
      { name: 'v', scopes: [], expires_at: '2031-01-01' },
      { name: 'v', scopes: [], expires_at: 1 },
      [],
      null,
    ]
    for (const body of bodies) {
      const { status } = await call('POST', '/v1/api-tokens', { as: 'alice', body })
      expect(status === 201, JSON.stringify(body)).toBe(valid(body))
    }
  })
})
