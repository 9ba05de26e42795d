// Facts about this page that the gateway does not know.

import { version } from '../../../package.json';

export const PAGE_VERSION: string = version;

/** Where a version differs, the page is not the one that belongs to the gateway. */
export function isOtherVersion(page: string, gateway: string): boolean {
  return gateway !== '' && page !== gateway;
}

export interface PageFacts {
  version: string;
  userAgent: string;
  languages: readonly string[];
  language: string;
  theme: string;
  viewport: string;
  isSecure: boolean;
  isOnline: boolean;
  desktop: boolean;
  scopes: readonly string[];
}

export function pageFacts(about: Pick<PageFacts, 'language' | 'theme' | 'desktop' | 'scopes'>): PageFacts {
  return {
    version: PAGE_VERSION,
    userAgent: navigator.userAgent,
    languages: navigator.languages,
    viewport: `${innerWidth}x${innerHeight}@${devicePixelRatio}`,
    isSecure: isSecureContext,
    isOnline: navigator.onLine,
    ...about,
  };
}
