import { accountId, type Kind } from '../../store/records.js'
import { equal } from './assert.js'
import { type ContractCase, contractCase, type World } from './world.js'

/** The roles of a chain, with the version of each and whose record it is. */
const rolesOf = (chain: object | undefined) =>
  Object.fromEntries(
    Object.entries(chain ?? {}).map(([role, { kind, id, version, record }]) => [
      role,
      [kind, id, version, record !== undefined],
    ]),
  )

async function chainOf({ store }: World, kind: Kind, id: string) {
  return rolesOf((await store.getWith(kind, id)).chain)
}

export const chains: readonly ContractCase[] = [
  contractCase('reads a token with its owner and its tenant, even where they are missing', async (world) => {
    const { fresh, put } = world
    const [id, user, tenant] = [fresh('token'), fresh('u'), fresh('ws')]
    const [ownerId, tenantId] = [`user:${user}`, `tenant:${tenant}`]
    await put('token', id, { owner: { kind: 'user', id: user }, tenant })
    const owner = ['account', ownerId, 0, false]
    equal(
      await chainOf(world, 'token', id),
      { owner, tenant: ['account', tenantId, 0, false] },
      'a chain of nothing but missing accounts',
    )
    await put('account', tenantId, { type: 'tenant' })
    equal(
      await chainOf(world, 'token', id),
      { owner, tenant: ['account', tenantId, 1, true] },
      'the chain once the tenant is known',
    )
  }),

  contractCase('leaves out of a chain what a record does not hang on', async (world) => {
    const { fresh, put } = world
    const [token, account, client] = [fresh('token'), `account:${fresh('sa')}`, fresh('client')]
    await put('token', token, { owner: { kind: 'account', id: account.slice(8) } })
    await put('account', account, { type: 'account' })
    await put('client', client)
    equal(await chainOf(world, 'token', token), { owner: ['account', account, 1, true] }, 'the chain of a token')
    equal(await chainOf(world, 'account', account), {}, 'the chain of an account without a tenant')
    equal(await chainOf(world, 'client', client), {}, 'the chain of a client without a tenant')
  }),

  contractCase('reads a chain as it is now, whatever was written last', async ({ store, fresh, make, put }) => {
    const [id, user] = [fresh('token'), fresh('u')]
    await put('token', id, { owner: { kind: 'user', id: user } })
    await put('account', `user:${user}`)
    const suspended = make('account', { status: 'suspended', tokens: 9 })
    equal(await store.write('account', `user:${user}`, 1, suspended), 'written', 'the suspension')
    const { owner } = (await store.getWith('token', id)).chain ?? {}
    equal([owner?.version, owner?.record], [2, suspended], 'the owner in the chain')

    const [authorization, first, second] = [fresh('authorization'), fresh('grant'), fresh('grant')]
    const record = await put('authorization', authorization, { grant: first })
    await store.write('authorization', authorization, 1, { ...record, grant: second })
    const { grant } = (await store.getWith('authorization', authorization)).chain ?? {}
    equal(grant?.id, second, 'the grant in the chain of what was moved to it')
  }),

  contractCase('follows an access token through its authorization and grant to all they hang on', async (world) => {
    const { fresh, put } = world
    const [access, authorization, grant] = [fresh('access'), fresh('authorization'), fresh('grant')]
    const [client, subject, tenant, clientTenant] = [fresh('client'), fresh('u'), fresh('ws'), fresh('ws')]
    const subjectId = accountId({ kind: 'user', id: subject })
    const clientTenantId = accountId({ kind: 'tenant', id: clientTenant })
    await put('account', clientTenantId, { type: 'tenant' })
    await put('account', subjectId)
    await put('client', client, { tenant: clientTenant })
    await put('grant', grant, { subject, client, tenant })
    await put('authorization', authorization, { grant })
    await put('access', access, { authorization })

    const ofGrant = {
      subject: ['account', subjectId, 1, true],
      tenant: ['account', accountId({ kind: 'tenant', id: tenant }), 0, false],
      client: ['client', client, 1, true],
      clientTenant: ['account', clientTenantId, 1, true],
    }
    const ofAuthorization = { ...ofGrant, grant: ['grant', grant, 1, true] }
    equal(await chainOf(world, 'client', client), { tenant: ofGrant.clientTenant }, 'the chain of a client')
    equal(await chainOf(world, 'grant', grant), ofGrant, 'the chain of a grant')
    equal(await chainOf(world, 'authorization', authorization), ofAuthorization, 'the chain of an authorization')
    equal(
      await chainOf(world, 'access', access),
      { ...ofAuthorization, authorization: ['authorization', authorization, 1, true] },
      'the chain of an access token',
    )
  }),

  contractCase('shows what is missing in the middle of a chain', async (world) => {
    const { fresh, put } = world
    const [access, authorization, grant, client] = [fresh(), fresh(), fresh(), fresh('client')]
    await put('access', access, { authorization })
    const none = (await world.store.getWith('access', access)).chain
    equal(none?.authorization, { kind: 'authorization', id: authorization, version: 0 }, 'a missing authorization')
    equal([none?.grant.record, none?.client.record], [undefined, undefined], 'what a missing authorization would name')
    await put('authorization', authorization, { grant })
    equal((await world.store.getWith('access', access)).chain?.grant.version, 0, 'the version of a missing grant')
    await put('grant', grant, { client })
    const { subject: _, ...chain } = await chainOf(world, 'access', access)
    equal(chain.client, ['client', client, 0, false], 'a missing client')
  }),
]
