const DIGIT_0 = 48;

/** Luhn's check (ISO/IEC 7812-1, annex B); separators are passed over. */
const hasLuhnCheck = (shown: string): boolean => {
  let [sum, place] = [0, 0];
  for (let index = shown.length - 1; index >= 0; index -= 1) {
    const digit = shown.charCodeAt(index) - DIGIT_0;
    if (digit < 0) continue;
    const weighed = place % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
    place += 1;
  }
  return sum % 10 === 0;
};

/**
 * Numbers that card schemes give out, by their first digits and length. Any 16 digits pass Luhn's check one time in ten:
 * ids of blocks and orders are no cards.
 */
const SCHEMES: readonly RegExp[] = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^5[1-5]\d{14}$/,
  /^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^(?:6011|64[4-9]\d|65\d\d)\d{12,15}$/,
  /^3(?:0[0-5]|09|[689]\d)\d{11}$/,
  /^35(?:2[89]|[3-8]\d)\d{12,15}$/,
  /^62\d{14,17}$/,
  /^220[0-4]\d{12,15}$/,
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/,
];

/** Digits, or digits in groups with a space or a dash between them. */
export const isCardNumber = (shown: string): boolean => {
  if (!hasLuhnCheck(shown)) return false;
  const digits = shown.replaceAll(/[ -]/g, '');
  return SCHEMES.some((scheme) => scheme.test(digits));
};

/** Lengths of the IBAN registry (SWIFT, release 97). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FK18 ' +
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 ' +
    'SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** How long an IBAN of this country is; undefined for none. */
export const ibanLength = (country: string): number | undefined => LENGTHS.get(country);

/** ISO 7064, mod 97-10: letters count from A = 10, the first four characters stand last. */
export const hasIbanCheck = (iban: string): boolean => {
  let rest = 0;
  for (let index = 0; index < iban.length; index += 1) {
    const code = iban.charCodeAt((index + 4) % iban.length);
    const value = code <= 57 ? code - DIGIT_0 : code - 55;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
};
