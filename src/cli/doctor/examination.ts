import { Failure } from '../failure.js'
import type { Allow } from './addresses.js'
import type { Ask } from './answer.js'
import { examine, type Finding, textsIn } from './check.js'
import { ENDPOINT_CHECKS } from './checks/endpoints.js'
import { KEY_CHECKS } from './checks/keys.js'
import { METADATA_CHECKS } from './checks/metadata.js'
import { RESOURCE_CHECKS } from './checks/resource.js'
import { type ResourceSurvey, surveyResource } from './resource.js'
import { type KnownClient, type ServerSurvey, surveyServer } from './server.js'

export const SERVER_CHECKS = [...METADATA_CHECKS, ...KEY_CHECKS, ...ENDPOINT_CHECKS]

/** What was found of one authorization server or resource. */
export interface Section {
  readonly of: 'authorization server' | 'protected resource'
  readonly address: string
  readonly findings: readonly Finding[]
}

export interface Deployment {
  readonly ask: Ask
  readonly allow: Allow
  readonly client: KnownClient
}

/** A resource has one, or a few. */
const MOST_SERVERS = 5

/**
 * Examines what is at an address: an authorization server by its issuer, a protected resource with the servers that it names, or both.
 * Throws `unreachable` where nothing answers.
 */
export async function examineDeployment(url: string, deployment: Deployment): Promise<readonly Section[]> {
  const [server, resource] = await Promise.all([surveyServer(url, deployment), surveyResource(url, deployment)])
  demandAnswers(server, resource)
  const isServer = server.metadata !== undefined
  const isResource = resource.challenge !== undefined || resource.wellKnown[0]?.status === 200
  const named = isResource || !isServer ? textsIn(resource.metadata?.authorization_servers) : []
  const others = [...new Set(named)]
    .filter((issuer) => issuer !== url && deployment.allow(issuer))
    .slice(0, MOST_SERVERS)
  const surveys = await Promise.all(others.map((issuer) => surveyServer(issuer, deployment)))
  const isOneOfThem = isServer || named.includes(url) || (!isResource && others.length === 0)
  return [
    ...(isResource || others.length > 0 ? [ofResource(resource)] : []),
    ...(isOneOfThem ? [server] : []).concat(surveys).map(ofServer),
  ]
}

const ofServer = (survey: ServerSurvey): Section => ({
  of: 'authorization server',
  address: survey.issuer,
  findings: examine(SERVER_CHECKS, survey),
})

const ofResource = (survey: ResourceSurvey): Section => ({
  of: 'protected resource',
  address: survey.resource,
  findings: examine(RESOURCE_CHECKS, survey),
})

function demandAnswers({ documents }: ServerSurvey, { bare, wellKnown }: ResourceSurvey): void {
  const faults = [...documents.map(({ answer }) => answer), ...bare, ...wellKnown].map(({ fault }) => fault)
  if (faults.every((fault) => fault !== undefined)) throw new Failure('unreachable', faults[0] ?? 'nothing answers')
}
