import { rotateRefresh } from '../refresh.js'
import { Refusal } from '../refusal.js'
import type { Grant } from './grant.js'

/** The refresh grant (OAuth 2.1 section 4.3), of the client that the token was issued to. */
export const refreshToken: Grant = async (context, { client, parameters, prove }) => {
  const token = parameters.get('refresh_token')
  if (token === undefined) throw new Refusal('parameter_missing', { detail: 'refresh_token' })
  const { set } = await rotateRefresh(context, {
    token,
    scope: parameters.get('scope'),
    resources: parameters.all('resource'),
    prove,
    demandHolder({ chain }) {
      if (chain.client.id !== client.id) throw new Refusal('refresh_of_another', { detail: client.id })
    },
  })
  return set
}
