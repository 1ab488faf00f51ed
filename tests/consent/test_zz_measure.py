import time, random, os
from datetime import timedelta
import pytest
from django.db import connection, transaction
from django.utils import timezone
from consent.figures import figures_of, standing
from consent.ledger import Entry, append
from consent.models import Act, Source, Topic
from contacts.models import Contact

def cpu(pid):
    f=open(f"/proc/{pid}/stat").read().rsplit(")",1)[1].split()
    return (int(f[11])+int(f[12]))*10
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(900)
def test_measure():
    now=timezone.now()
    people=Contact.objects.bulk_create([Contact(name=f"P{n}") for n in range(40_000)])
    for n in range(20):
        Topic.objects.create(key=f"line-{n}",name_de=f"Linie {n}",name_en=f"Line {n}")
    rnd=random.Random(1)
    for first in range(0,200_000,5000):
        with transaction.atomic():
            append([Entry(people[(first+i)%40000],"marketing",rnd.choice([Act.GRANTED,Act.CONFIRMED,Act.WITHDRAWN]),rnd.choice(list(Source)),now-timedelta(seconds=rnd.randrange(400*86400)),topic=f"line-{rnd.randrange(20)}",reference=f"r{first+i}",words="START") for i in range(5000)])
    with connection.cursor() as c:
        c.execute("VACUUM ANALYZE consent_consentrecord"); c.execute("VACUUM ANALYZE consent_consentstate")
        c.execute("select pg_backend_pid()"); pid=c.fetchone()[0]
        for days in (7,30,90,365):
            t=time.perf_counter(); a=cpu(pid); p=time.process_time()
            for _ in range(5): figures_of(days)
            print("MEASURE",days,"wall ms",round((time.perf_counter()-t)*200),"db cpu ms",(cpu(pid)-a)/5,"python cpu ms",round((time.process_time()-p)*200,1))
