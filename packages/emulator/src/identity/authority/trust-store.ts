import { X509Certificate } from 'node:crypto';

const DATA = '1.2.840.113549.1.7.1';
const CERT_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';

/** With this attribute a certificate is one that Java trusts, and `anyExtendedKeyUsage` says for what. */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';
const ANY_USAGE = '2.5.29.37.0';

/**
 * What Java's clients trust, in the one format that they read: PKCS #12, RFC 7292. It holds certificates alone, so it has
 * no password, and Java looks for no integrity check where it is given none.
 * @param certificates PEM, each one certificate
 */
export async function trustStore(certificates: readonly string[]): Promise<Uint8Array> {
  const {
    BmpString,
    Constructed,
    Integer,
    ObjectIdentifier,
    OctetString,
    Sequence,
    Set: SetOf,
  } = await import('asn1js');
  type Value = InstanceType<typeof Sequence | typeof OctetString | typeof ObjectIdentifier | typeof BmpString>;
  const oid = (value: string) => new ObjectIdentifier({ value });
  const octets = (bytes: ArrayBuffer) => new OctetString({ valueHex: bytes });
  const typed = (type: string, value: Value) =>
    new Sequence({
      value: [oid(type), new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [value] })],
    });
  const data = (content: Value) => typed(DATA, octets(content.toBER()));
  const attribute = (type: string, value: Value) => new Sequence({ value: [oid(type), new SetOf({ value: [value] })] });
  const bag = (pem: string, index: number) => {
    const certificate = typed(X509_CERTIFICATE, octets(new Uint8Array(new X509Certificate(pem).raw).buffer));
    const { value } = typed(CERT_BAG, certificate).valueBlock;
    const attributes = [
      attribute(FRIENDLY_NAME, new BmpString({ value: `trusted ${index}` })),
      attribute(TRUSTED_KEY_USAGE, oid(ANY_USAGE)),
    ];
    return new Sequence({ value: [...value, new SetOf({ value: attributes })] });
  };
  const contents = new Sequence({ value: certificates.map(bag) });
  const safe = new Sequence({ value: [data(contents)] });
  return new Uint8Array(new Sequence({ value: [new Integer({ value: 3 }), data(safe)] }).toBER());
}
