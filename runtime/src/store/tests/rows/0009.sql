insert into restored (at, noted_by) values (2, 'ann');
update budget set most = 100, dearest = 40;
