import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { catalogue } from '../../examples/streamloop/catalogue.js'
import { barriers, type Look, openPage, overflows, picture, widths } from '../support/browser.js'
import { stores } from '../support/stores.js'
import { App, CALLBACK, codeIn, opens } from './streamloop-apps-support.js'
import { keyed, opened } from './streamloop-support.js'
import { bearer } from './support.js'

const [memory] = stores
if (memory === undefined) throw new Error('there is a store in memory')

/** A page has no barriers, by day and by night, and fits its window. */
async function expectFit(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await barriers(page)).toEqual([])
  }
  expect(await overflows(page)).toBe(false)
}

/** Streamloop in a browser, at the first page that somebody sees. */
async function visited(look: Look) {
  const { origin } = await opened(memory?.make ?? (() => Promise.reject(new Error('there is no store'))), {
    code: '10m',
  })
  const { page, context } = await openPage(look)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
  await page.goto(origin)
  await page.getByLabel('Name').fill('alice')
  await page.getByRole('button', { name: 'Sign in' }).click()
  return { origin, page, context }
}

const THANKS = '<!doctype html><title>Elsewhere</title><p>Thank you</p>'

/** A server on a port, and so an origin, of its own, that answers everything with a page. */
async function elsewhere(): Promise<{ readonly origin: string }> {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'text/html').end(THANKS)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const statusOf = async (origin: string, key: string) => (await keyed(origin, key).get('/v1/me')).status

describe.each(widths)('Streamloop in a browser, on $name', { timeout: 120_000 }, ({ name, viewport }) => {
  const screen = name.replace('a ', '')

  it('SL1 SL2 SL3 SL4 SL5 a token is made, copied once, used, and revoked', async () => {
    const { origin, page } = await visited({ viewport })
    await expectFit(page)
    await page.getByLabel('Account of alice').click()
    await expectFit(page)
    await page.getByRole('group').getByRole('link', { name: 'Settings' }).click()
    await page.getByText('No tokens yet').waitFor()
    await expectFit(page)

    await page.getByText('New token', { exact: true }).click()
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByText('Give it a name').waitFor()
    expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator(':focus').getAttribute('name')).toBe('name')
    await page.getByLabel('Only what I choose').check()
    await expectFit(page)
    await page.getByLabel('Full access').check()
    for (const lifetime of ['30 days', '90 days', '1 year', 'No expiration']) {
      expect(await page.getByLabel(lifetime).isVisible()).toBe(true)
    }
    await page.getByLabel('Name').fill('CI pipeline')
    await page.getByLabel('1 year').check()
    await page.keyboard.press('Enter')

    const secret = await page.locator('#secret').innerText()
    expect(secret).toMatch(/^sl_\w{44}$/)
    await expectFit(page)
    await picture(page, `new-token-${screen}`)
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret)
    expect(await statusOf(origin, secret)).toBe(200)

    await page.getByRole('link', { name: 'I have copied it' }).click()
    expect(await page.content()).not.toContain(secret)
    await page.reload()
    expect(await page.getByRole('rowheader').count()).toBe(1)
    await page.getByRole('link', { name: 'Connected Apps' }).click()
    await page.goBack()
    expect(await page.content()).not.toContain(secret)

    const row = page.getByRole('row', { name: /CI pipeline/ })
    expect(await row.locator('time').nth(1).getAttribute('title')).toMatch(/\d{4}/)
    expect(await row.innerText()).toMatch(/just now[\s\S]*in 12 months[\s\S]*just now/)

    const trash = page.getByRole('button', { name: 'Revoke CI pipeline' })
    await trash.click()
    await page.getByRole('alertdialog', { name: 'Revoke “CI pipeline”?' }).waitFor()
    await expectFit(page)
    await picture(page, `revoke-${screen}`)
    await page.keyboard.press('Escape')
    expect(await statusOf(origin, secret)).toBe(200)
    await trash.press('Enter')
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByText('The token has been revoked.').waitFor()
    expect(await statusOf(origin, secret)).toBe(401)
    await expectFit(page)
  })

  it('SL6 SL7 a token opens the whole account, or what was chosen, in either header', async () => {
    const { origin, page } = await visited({ viewport })
    await page.goto(`${origin}/settings/api-tokens`)
    const made = async (name: string, choose: () => Promise<void>) => {
      await page.getByText('New token', { exact: true }).click()
      await page.getByLabel('Name').fill(name)
      await page.getByLabel('30 days').check()
      await choose()
      await page.getByRole('button', { name: 'Create token' }).click()
      const secret = await page.locator('#secret').innerText()
      await page.getByRole('link', { name: 'I have copied it' }).click()
      return secret
    }
    const all = await made('everything', () => page.getByLabel('Full access').check())
    const some = await made('reader', async () => {
      await page.getByLabel('Only what I choose').check()
      await page.getByLabel(/Read streams/).check()
    })
    expect(await page.getByRole('row', { name: /everything/ }).innerText()).toContain('Full access')
    expect(await page.getByRole('row', { name: /reader/ }).innerText()).toContain('streamloop:read')

    for (const caller of [keyed(origin, all), bearer(origin, all)]) {
      expect((await caller.get('/v1/me')).status).toBe(200)
      expect((await caller.get('/v1/billing')).status).toBe(200)
      expect((await caller.post('/graphql', { query: '{ billing { plan } }' })).text).toContain('plan')
    }
    for (const caller of [keyed(origin, some), bearer(origin, some)]) {
      expect((await caller.get('/v1/streams')).status).toBe(200)
      expect((await caller.get('/v1/billing')).status).toBe(403)
      expect((await caller.post('/v1/streams', { name: 'x' })).status).toBe(403)
    }
  })

  it('SL8 SL9 an app is allowed some of what it asks for, listed, and disconnected', async () => {
    const { origin, page } = await visited({ viewport })
    const there = await elsewhere()
    const redirect_uri = `${there.origin}/callback`
    const app = await App.registered(origin, { client_name: 'Acme Agent', redirect_uris: [redirect_uri] })
    const { path, verifier } = app.asking({ redirect_uri, scope: catalogue.names.join(' ') })
    await page.goto(origin + path)
    await page.getByRole('heading', { name: 'Acme Agent wants to use your Streamloop account' }).waitFor()
    await expectFit(page)
    await picture(page, `consent-${screen}`)
    await page.getByLabel(/Delete streams/).uncheck()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Thank you').waitFor()
    const { set } = await app.redeem(codeIn(new URL(page.url())), verifier, { redirect_uri })
    expect(set.scope).toBe('streamloop:read streamloop:write streamloop:billing')
    expect(await opens(origin, set.access_token)).toBe(200)

    await page.goto(`${origin}/settings/connected-apps`)
    const card = page.getByRole('listitem').filter({ hasText: 'Acme Agent' })
    expect(await card.innerText()).toMatch(/streamloop:billing[\s\S]*Authorized just now · Last used just now/)
    await expectFit(page)
    await picture(page, `connected-apps-${screen}`)
    await page.getByRole('button', { name: 'Disconnect Acme Agent' }).click()
    await expectFit(page)
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
    await page.getByText('The app has been disconnected.').waitFor()
    expect(await opens(origin, set.access_token)).toBe(401)
    await page.getByText('No connected apps').waitFor()
    await page.goto(origin + path)
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Thank you').waitFor()
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied')
  })

  it('SL8 a visitor signs in on the way, and an app that is allowed already is answered at once', async () => {
    const { origin, page, context } = await visited({ viewport })
    await context.route(`${CALLBACK}*`, (route) => route.fulfill({ contentType: 'text/html', body: THANKS }))
    const app = await App.registered(origin)
    await page.goto(origin + app.asking().path)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Thank you').waitFor()

    await context.clearCookies()
    await page.goto(origin + app.asking().path)
    await page.getByLabel('Name').fill('mallory')
    await page.keyboard.press('Enter')
    await page.getByText('Nobody of that name').waitFor()
    await expectFit(page)
    await page.getByLabel('Name').fill('alice')
    await page.keyboard.press('Enter')
    await page.getByText('Thank you').waitFor()
    expect(codeIn(new URL(page.url()))).not.toBe('')
  })

  it('SL16 a page on another origin calls the API with a bearer token, and with nothing else', async () => {
    const { origin, page } = await visited({ viewport })
    const there = await elsewhere()
    const redirect_uri = `${there.origin}/callback`
    const app = await App.registered(origin, { redirect_uris: [redirect_uri] })
    const { path, verifier } = app.asking({ redirect_uri })
    await page.goto(origin + path)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Thank you').waitFor()
    const { set } = await app.redeem(codeIn(new URL(page.url())), verifier, { redirect_uri })

    const calls = (where: string, init: object) =>
      page.evaluate(`fetch(${JSON.stringify(where)}, ${JSON.stringify(init)}).then((r) => r.status, () => 'refused')`)
    const authorization = `Bearer ${set.access_token}`
    expect(await calls(`${origin}/v1/me`, { headers: { authorization } })).toBe(200)
    const query = { method: 'POST', body: '{"query":"{ me { id } }"}' }
    const headers = { authorization, 'content-type': 'application/json' }
    expect(await calls(`${origin}/graphql`, { ...query, headers })).toBe(200)
    expect(await calls(`${origin}/v1/me`, {})).toBe(401)
    expect(await calls(`${origin}/v1/me`, { credentials: 'include' })).toBe('refused')
    expect(await calls(`${origin}/v1/me`, { headers: { 'x-api-key': 'sl_1' } })).toBe('refused')
    expect(await calls(`${origin}/settings/api-tokens`, { credentials: 'include' })).toBe('refused')
  })
})
