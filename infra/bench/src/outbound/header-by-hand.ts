import { GoogleAuth } from 'google-auth-library';

/** One token for the whole run, as a constant: what sending the header costs, whoever attaches it. */
export async function headerByHand(origin: string): Promise<{ authorization: string }> {
  const client = await new GoogleAuth().getIdTokenClient(origin);
  const headers = await client.getRequestHeaders();
  return { authorization: headers.get('authorization') ?? '' };
}
