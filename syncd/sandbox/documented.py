"""The names of the API that WHMCS documents, so that a rehearsal learns what is missing here only.

From the public reference, https://developers.whmcs.com/api-reference/. What each of them does is
not here: most of it is about orders, domains and projects, which this sandbox does not play.
"""

_NAMES = """
    AcceptOrder AcceptQuote ActivateModule AddAnnouncement AddBannedIp AddBillableItem
    AddCancelRequest AddClient AddClientNote AddContact AddCredit AddInvoicePayment AddOrder
    AddPayMethod AddProduct AddProjectMessage AddProjectTask AddTicketNote AddTicketReply
    AddTransaction AddUser AffiliateActivate ApplyCredit BlockTicketSender CancelOrder
    CapturePayment CloseClient CreateClientInvite CreateInvoice CreateOAuthCredential
    CreateOrUpdateTLD CreateProject CreateQuote CreateSsoToken DeactivateModule DecryptPassword
    DeleteAnnouncement DeleteClient DeleteContact DeleteOAuthCredential DeleteOrder
    DeletePayMethod DeleteProjectTask DeleteQuote DeleteTicket DeleteTicketNote DeleteTicketReply
    DeleteUserClient DomainGetLockingStatus DomainGetNameservers DomainGetWhoisInfo DomainRegister
    DomainRelease DomainRenew DomainRequestEPP DomainToggleIdProtect DomainTransfer
    DomainUpdateLockingStatus DomainUpdateNameservers DomainUpdateWhoisInfo DomainWhois
    EncryptPassword EndTaskTimer FraudOrder GenInvoices GetActivityLog GetAdminDetails
    GetAdminUsers GetAffiliates GetAnnouncements GetAutomationLog GetCancelledPackages
    GetClientGroups GetClientPassword GetClients GetClientsAddons GetClientsDetails
    GetClientsDomains GetClientsProducts GetConfigurationValue GetContacts GetCredits
    GetCurrencies GetEmailTemplates GetEmails GetHealthStatus GetInvoice GetInvoices
    GetModuleConfigurationParameters GetModuleQueue GetOrderStatuses GetOrders GetPayMethods
    GetPaymentMethods GetPermissionsList GetProducts GetProject GetProjects GetPromotions
    GetQuotes GetRegistrars GetServers GetStaffOnline GetStats GetSupportDepartments
    GetSupportStatuses GetTLDPricing GetTicket GetTicketAttachment GetTicketCounts GetTicketNotes
    GetTicketPredefinedCats GetTicketPredefinedReplies GetTickets GetToDoItemStatuses
    GetToDoItems GetTransactions GetUserPermissions GetUsers ListOAuthCredentials LogActivity
    MergeTicket ModuleChangePackage ModuleChangePw ModuleCreate ModuleCustom ModuleSuspend
    ModuleTerminate ModuleUnsuspend OpenTicket OrderFraudCheck PendingOrder ResetPassword
    SendAdminEmail SendEmail SendQuote SetConfigurationValue StartTaskTimer
    TriggerNotificationEvent UpdateAdminNotes UpdateAnnouncement UpdateClient UpdateClientAddon
    UpdateClientDomain UpdateClientProduct UpdateContact UpdateInvoice UpdateModuleConfiguration
    UpdateOAuthCredential UpdatePayMethod UpdateProject UpdateProjectTask UpdateQuote
    UpdateTicket UpdateTicketReply UpdateToDoItem UpdateTransaction UpdateUser
    UpdateUserPermissions UpgradeProduct ValidateLogin WhmcsDetails
"""
DOCUMENTED: frozenset[str] = frozenset(_NAMES.split())

# What came with users: an installation before them knows no such action either.
_CAME_WITH_USERS = """
    AddUser CreateClientInvite DeleteUserClient GetPermissionsList GetUserPermissions GetUsers
    UpdateUser UpdateUserPermissions WhmcsDetails
"""
# And GetUsers came a release later than the rest.
_SINCE = dict.fromkeys(_CAME_WITH_USERS.split(), (8, 0)) | {"GetUsers": (8, 1)}

_BY_LOWER_CASE = {name.lower(): name for name in DOCUMENTED}


def documented(name: str, release: tuple[int, int]) -> str | None:
    """Return how WHMCS writes the action `name`, if that `release` has it."""
    written = _BY_LOWER_CASE.get(name.lower())
    return written if written and _SINCE.get(written, (0, 0)) <= release else None
