/** Where notices are meant to differ from the last release, and why. */
export const NOTICES_MEANT: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'FrontDoorApiv1notices2DC4D550',
    'FrontDoorApiv1noticesnoticeid2905239D',
    'FrontDoorApiv1noticesnoticeidtest4BB0244A',
    'NoticesSpendNews2AE39DAE',
    'NoticesSpendNewsAllowEventRuleSluiceupgradedServiceNoticessendnoticesB70B8635C98B74B2',
    'NoticessendnoticesCB4BC0F0',
    'NoticessendnoticesEventInvokeConfig6E566EFA',
    'NoticessendnoticeslogAA54F623',
    'Noticessendnoticesrole101BECDF',
  ].map((id) => [`Resources.${id}`, 'caps are reported by webhook and mail']),
);
