use chrono::TimeDelta;
use kulanz_chassis::{Definition, Grant, Role, auth::OPERATOR, outgoing_as};
use kulanz_proto::{
    claims::v1::{
        CollectionAccount, CreateCreditorRequest, CreateTenantRequest, Creditor,
        ImportClaimsRequest, ImportFinish, ImportHeader, ImportRow, NumberedRow, RowResult, Tenant,
        import_claims_request::Part, import_claims_response::Part as Answer,
    },
    types::v1::PostalAddress,
};
use kulanz_testkit::{Backend, House, HouseBuilder};
use kulanz_types::TenantId;

/// The account that the test's agency collects on.
pub const COLLECTION_IBAN: &str = "DE02120300000000202051";

/// All five services.
pub fn definitions() -> Vec<Definition> {
    vec![
        kulanz_claims::DEFINITION,
        kulanz_experimentation::DEFINITION,
        kulanz_messaging::DEFINITION,
        kulanz_payments::DEFINITION,
        kulanz_personas::DEFINITION,
    ]
}

/// The constellation with one agency and one creditor.
pub struct World {
    /// The running services.
    pub house: House,
    /// The agency.
    pub tenant: TenantId,
    /// The creditor's id.
    pub creditor_id: String,
}

impl World {
    /// All services on `backend`.
    pub async fn open(backend: Backend) -> Self {
        Self::found(House::build(backend, &definitions())).await
    }

    /// A house furnished otherwise.
    pub async fn found(builder: HouseBuilder) -> Self {
        Self::furnish(builder.start().await).await
    }

    /// Founds an agency with a creditor in a house that runs.
    pub async fn furnish(house: House) -> Self {
        let tenant = found_tenant(&house, "Beispiel Inkasso GmbH").await;
        let creditor_id = create_creditor(&house, tenant, shop()).await;
        Self { house, tenant, creditor_id }
    }

    /// A second agency on the same constellation.
    pub async fn found_rival(&self) -> TenantId {
        found_tenant(&self.house, "Andere Inkasso GmbH").await
    }

    /// A second creditor of the agency: its id.
    pub async fn second_creditor(&self) -> String {
        self.further_creditor(Creditor::default()).await
    }

    /// The same with settings of its own.
    pub async fn further_creditor(&self, settings: Creditor) -> String {
        let creditor = Creditor {
            name: "Stadtwerke Beispiel GmbH".into(),
            address: Some(address("Am Markt 1", "50667", "Köln")),
            external_ref: "stadtwerke".into(),
            deducts_input_vat: true,
            ..settings
        };
        create_creditor(&self.house, self.tenant, creditor).await
    }

    /// `message` as someone of the agency with `role` asks it.
    pub fn ask<T>(&self, role: Role, message: T) -> tonic::Request<T> {
        outgoing_as(&self.house.token_of(self.tenant, role), message)
    }

    /// Imports `rows` as one file and returns the verdicts; nothing that follows has happened yet.
    pub async fn import(&self, rows: Vec<ImportRow>) -> Vec<RowResult> {
        self.import_as(&self.house.request_id(), rows).await
    }

    /// The same under a `request_id` of one's own.
    pub async fn import_as(&self, request_id: &str, rows: Vec<ImportRow>) -> Vec<RowResult> {
        self.import_file(request_id, &self.creditor_id, rows).await
    }

    /// The same for another creditor of the agency.
    pub async fn import_for(&self, creditor_id: &str, rows: Vec<ImportRow>) -> Vec<RowResult> {
        self.import_file(&self.house.request_id(), creditor_id, rows).await
    }

    async fn import_file(
        &self,
        request_id: &str,
        creditor_id: &str,
        rows: Vec<ImportRow>,
    ) -> Vec<RowResult> {
        let header = ImportHeader {
            request_id: request_id.into(),
            creditor_id: creditor_id.into(),
            source_name: "test.csv".into(),
            dry_run: false,
            schema_version: 1,
        };
        let numbered =
            (2..).zip(rows).map(|(row_number, row)| NumberedRow { row_number, row: Some(row) });
        let parts = std::iter::once(Part::Header(header))
            .chain(numbered.map(Part::Row))
            .chain([Part::Finish(ImportFinish {})])
            .map(|part| ImportClaimsRequest { part: Some(part) });
        let stream = tokio_stream::iter(parts.collect::<Vec<_>>());
        let request = self.ask(Role::Integration, stream);
        let mut answers = self
            .house
            .clients()
            .claims()
            .import_claims(request)
            .await
            .expect("the import starts")
            .into_inner();
        let mut results = Vec::new();
        while let Some(answer) = answers.message().await.expect("the import goes on") {
            if let Some(Answer::RowResult(result)) = answer.part {
                results.push(result);
            }
        }
        results
    }
}

async fn found_tenant(house: &House, agency_name: &str) -> TenantId {
    let issuer = house.constellation().issuer(OPERATOR).expect("keys in memory");
    let grant = Grant::user("operator", None, &[Role::Operator], TimeDelta::days(365));
    let token = issuer.mint(&grant).expect("a token");
    let tenant = Tenant {
        agency_name: agency_name.into(),
        address: Some(address("Musterweg 1", "10115", "Berlin")),
        register_number: "10 A 123/24".into(),
        supervisory_authority: "Bundesamt für Justiz, Adenauerallee 99-103, 53113 Bonn, \
                                rdg@bfj.example"
            .into(),
        contact_email: "service@beispiel-inkasso.example".into(),
        contact_phone: "+493012345678".into(),
        collection_account: Some(CollectionAccount {
            holder: agency_name.into(),
            iban: COLLECTION_IBAN.into(),
            bic: "BYLADEM1001".into(),
        }),
        portal_base_url: "http://127.0.0.1:8080".into(),
        locale: "de".into(),
        time_zone: "Europe/Berlin".into(),
        privacy_url: "https://beispiel-inkasso.example/datenschutz".into(),
        ..Tenant::default()
    };
    let request = CreateTenantRequest {
        request_id: house.request_id(),
        tenant: Some(tenant),
        validate_only: false,
    };
    let reply = house.clients().claims().create_tenant(outgoing_as(&token, request)).await;
    let tenant = reply.expect("a tenant").into_inner().tenant.expect("the tenant");
    tenant.tenant_id.parse().expect("a tenant's id")
}

/// The creditor of every world.
fn shop() -> Creditor {
    Creditor {
        name: "Nordversand GmbH".into(),
        address: Some(address("Hafenstraße 7", "20457", "Hamburg")),
        external_ref: "nordversand".into(),
        deducts_input_vat: true,
        industry: "mail order".into(),
        contact_email: "buchhaltung@nordversand.example".into(),
        ..Creditor::default()
    }
}

async fn create_creditor(house: &House, tenant: TenantId, creditor: Creditor) -> String {
    let request = CreateCreditorRequest {
        request_id: house.request_id(),
        creditor: Some(creditor),
        validate_only: false,
    };
    let request = outgoing_as(&house.token_of(tenant, Role::Admin), request);
    let reply = house.clients().claims().create_creditor(request).await.expect("a creditor");
    reply.into_inner().creditor.expect("the creditor").creditor_id
}

/// A German address.
pub(crate) fn address(street: &str, postcode: &str, city: &str) -> PostalAddress {
    PostalAddress {
        street: street.into(),
        postcode: postcode.into(),
        city: city.into(),
        country_code: "DE".into(),
        ..PostalAddress::default()
    }
}
