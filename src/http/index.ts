/**
 * The management API, and the alerts of GitHub's secret scanning.
 *
 * @module tokenloop/http
 */

export { type GithubAlerts, type GithubAlertsOptions, githubAlerts } from './github/alerts.js'
export type { AlertAction, AlertFinding, AlertListener, AlertPolicy } from './github/findings.js'
export { type ManagementApi, managementApi } from './management/api.js'
export type { Authenticate, Authenticated } from './management/authenticate.js'
export type { ManagementApiOptions } from './management/options.js'
export type { HttpCode, ProblemCode } from './problems.js'
export type { ErrorListener } from './report.js'
