import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud, WorkloadIdentityProvider } from '@run-edges/emulator';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** Another company's issuer, whose subjects a project may trust. */
export interface OtherIssuer {
  readonly provider: WorkloadIdentityProvider;
  /** The subject that its tokens name. */
  readonly subject: string;
  token(claims?: JWTPayload): Promise<string>;
}

const ISSUER = 'https://token.actions.example';
const SUBJECT = 'repo:acme/app';

export async function makeIssuer(): Promise<OtherIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'ci', alg: 'ES256' }] };
  return {
    provider: { pool: 'ci', provider: 'actions', issuer: ISSUER, jwks, allowedAudiences: ['run-edges'] },
    subject: SUBJECT,
    token: (claims = {}) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: ISSUER, sub: SUBJECT, aud: 'run-edges', iat: now, exp: now + 600, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'ci' })
        .sign(privateKey);
    },
  };
}

/** The member that stands for the issuer's subject in a policy. */
export function federatedMember(cloud: Cloud, issuer: OtherIssuer): string {
  return `principal://iam.googleapis.com/projects/${cloud.project.number}/locations/global/workloadIdentityPools/ci/subject/${issuer.subject}`;
}

/** A credential file as `gcloud iam workload-identity-pools create-cred-config` writes it. */
export function externalAccount(cloud: Cloud, source: object, serviceAccount?: string): object {
  const pool = `projects/${cloud.project.number}/locations/global/workloadIdentityPools/ci`;
  return {
    type: 'external_account',
    audience: `//iam.googleapis.com/${pool}/providers/actions`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${cloud.url}/v1/token`,
    credential_source: source,
    ...(serviceAccount !== undefined && { service_account_impersonation_url: impersonationUrl(serviceAccount) }),
  };
}

/** As `gcloud auth application-default login --impersonate-service-account` writes it. */
export function impersonatedAccount(source: object, serviceAccount: string): object {
  return {
    type: 'impersonated_service_account',
    service_account_impersonation_url: impersonationUrl(serviceAccount),
    source_credentials: source,
    delegates: [],
  };
}

function impersonationUrl(serviceAccount: string): string {
  return `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`;
}

/** A machine far from Google: no metadata server, no gcloud, an empty home with what is put there. */
export class Laptop {
  readonly home: string = mkdtempSync(join(tmpdir(), 'run-edges-laptop-'));

  write(name: string, content: string | object, mode = 0o600): string {
    const file = join(this.home, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    chmodSync(file, mode);
    return file;
  }

  env(credentials?: string | object): Record<string, string> {
    return {
      HOME: this.home,
      CLOUDSDK_CONFIG: join(this.home, 'gcloud'),
      METADATA_SERVER_DETECTION: 'none',
      ...(credentials !== undefined && {
        GOOGLE_APPLICATION_CREDENTIALS: this.write('credentials.json', credentials),
      }),
    };
  }
}
