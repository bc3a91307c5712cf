"""tmp"""
from provider import Provider

def test_x(settled: Provider) -> None:
    done = settled.syncd("verify", "--out", str(settled.folder / "c"))
    print(done.out, done.err)
    print((settled.folder/"c"/"certificate.json").read_text())
    members=[m for m in settled.get("state")["memberships"]]
    settled.tell("members", client_id=1, email="zora@else.example", permissions=["orders"])
    done = settled.syncd("verify")
    print(done.code, done.out)
    assert 0
